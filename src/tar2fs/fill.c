// SPDX-License-Identifier: GPL-2.0-only
/*
 * fill.c - copies inputs into an empty file system, in a confined process.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE			/* asprintf */
#endif
#include "fill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/cli/progress.h"
#include "common/cli/quote.h"
#include "common/copy/archive.h"
#include "common/copy/archive-stream.h"
#include "common/copy/writeback.h"
#include "common/error.h"
#include "common/image/session.h"
#include "common/image/watchdog.h"
#include "confine.h"
#include "process.h"
#include "transfer.h"

/* Clusters that ext4 keeps back at most. */
#define EXT4_RESERVE_MAX	4096

/*
 * ext4 with extents counts some free blocks that nobody gets: one in 50 of all
 * blocks, for writes that split an extent.
 */
static uint64_t reserved_room(const struct fill *fill, uint64_t block_size)
{
	uint64_t blocks = fill->size / block_size / 50;

	if (!fill->kind->reserves)
		return 0;
	if (blocks > EXT4_RESERVE_MAX)
		blocks = EXT4_RESERVE_MAX;
	return blocks * block_size;
}

static uint64_t without(uint64_t bytes, uint64_t reserved)
{
	return bytes > reserved ? bytes - reserved : 0;
}

static int look_at_room(const struct fill *fill, struct room *ret_room,
			struct lkl_error *err)
{
	struct lkl_statfs st;
	long ret = lkl_sys_statfs("/", &st);
	uint64_t reserved, free;

	if (ret < 0)
		return error_set(err, (int)ret, "cannot find out its free space: %s",
				 lkl_strerror((int)ret));
	reserved = reserved_room(fill, (uint64_t)st.f_bsize);
	/* The free blocks of btrfs include those for metadata. */
	free = (uint64_t)(fill->kind->metadata_room ? st.f_bavail :
			  st.f_bfree) * (uint64_t)st.f_bsize;
	*ret_room = (struct room){
		.bytes = (uint64_t)st.f_blocks * (uint64_t)st.f_bsize,
		.free = without(free, reserved),
		.available = (uint64_t)st.f_bavail * (uint64_t)st.f_bsize,
		.inodes = (uint64_t)st.f_ffree,
		.block_size = (unsigned int)st.f_bsize,
	};
	return 0;
}

static void look_at_root(struct root_attributes *ret_root)
{
	struct lkl_statx st;

	if (lkl_sys_statx(LKL_AT_FDCWD, "/", 0, LKL_STATX_BASIC_STATS, &st) < 0)
		return;
	*ret_root = (struct root_attributes){
		.mode = st.stx_mode & 07777u,
		.uid = st.stx_uid, .gid = st.stx_gid,
		.mtime = st.stx_mtime.tv_sec,
	};
}

/* The room that must be left for users, bytes. */
static uint64_t wanted_room(const struct fill *fill, const struct room *room)
{
	uint64_t part = room->bytes / 100 * fill->free_percent;

	return part > fill->free_bytes ? part : fill->free_bytes;
}

/* Bytes that are left over: negative if some are missing. */
static int64_t spare_room(const struct fill *fill, const struct room *room,
			  int64_t needed)
{
	uint64_t wanted = wanted_room(fill, room);

	/* Root may use what is reserved; --free is meant for users. */
	return (int64_t)(wanted ? room->available : room->free) - needed -
		(int64_t)wanted;
}

/* More than this is a reason to try a smaller image. */
static int64_t tolerance(const struct fill *fill, const struct room *room)
{
	uint64_t part = room->bytes / 64;

	return (int64_t)(part > 2 * fill->kind->granule ? part :
			 2 * fill->kind->granule);
}

/* Whether the room is right for the demand. */
static enum fill_outcome judge_room(const struct fill *fill,
				    struct filled *filled)
{
	const struct room *room = &filled->before;
	int64_t spare;

	if (!fill->demand)
		return FILL_DONE;
	spare = spare_room(fill, room, (int64_t)
			   demand_bytes(fill->demand, fill->kind,
					room->block_size) +
			   fill->correction);
	if (room->inodes && room->inodes < fill->demand->inodes &&
	    !fill->kind->inode_bytes) {
		filled->shortage = room->bytes / 16;
		return FILL_SMALL;
	}
	if (spare < 0) {
		filled->shortage = (uint64_t)-spare;
		return FILL_SMALL;
	}
	filled->excess = (uint64_t)spare;
	return spare > tolerance(fill, room) && !fill->accept_large ?
		FILL_LARGE : FILL_DONE;
}

/* A slash at the end stands for the contents of the folder. */
static char *source_operand(const struct input *input)
{
	size_t len = strlen(input->name);
	char *operand = malloc(len + 2);

	if (operand) {
		memcpy(operand, input->name, len + 1);
		if (input->type == INPUT_FOLDER)
			memcpy(operand + len, "/", 2);
	}
	return operand;
}

static int copy_folder_or_file(struct job *job, const struct input *input,
			       struct lkl_error *err)
{
	cleanup_free char *source = source_operand(input);
	const struct operands operands = {
		.sources = &source, .n = 1,
		.dest = input->target ? input->target : "/",
		.dest_is_file = true,
		/* A link of an earlier input may have replaced a directory. */
		.mkdir = input->target,
	};

	return source ? operands_copy(job, &operands, err) :
		error_no_memory(err);
}

/* The start of an archive that comes but once was read before. */
static int map_prefix(const struct input *input, struct archive_file *file,
		      struct lkl_error *err)
{
	struct stat st;
	void *map;

	if (input->seekable || input->spool < 0)
		return 0;
	if (fstat(input->spool, &st) < 0 || !st.st_size)
		return 0;
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED,
		   input->spool, 0);
	if (map == MAP_FAILED)
		return error_set(err, -errno, "%s: cannot read again: %s",
				 quote_name(input->name), strerror(errno));
	file->prefix = map;
	file->prefix_len = (size_t)st.st_size;
	return 0;
}

static int copy_archive(struct job *job, const struct input *input,
			struct lkl_error *err)
{
	const struct operands operands = { .dest = "/" };
	struct archive_file file = { .fd = input->fd };
	int ret = input_rewind(input);

	if (ret < 0)
		return error_set(err, ret, "%s: cannot read again: %s",
				 quote_name(input->name), strerror(-ret));
	/* The mapping stays until the process ends, which is soon. */
	ret = map_prefix(input, &file, err);
	if (!ret)
		ret = archive_copy_file(job, input->name, &file, &operands,
					err);
	archive_file_free(&file);
	return ret;
}

static int copy_container(struct job *job, const struct input *input,
			  struct lkl_error *err)
{
	const struct container_input as_container = input_as_container(input);
	const struct operands operands = { .dest = "/" };
	struct unpack *unpack = archive_unpack_begin(job, &operands);
	int ret;

	ret = unpack ? container_unpack(&as_container, unpack, err) :
		error_no_memory(err);
	return archive_unpack_end(unpack, ret);
}

static void add_counts(struct filled *filled, const struct job *job)
{
	filled->files += job->files;
	filled->directories += job->directories;
	filled->hard_links += job->hard_links;
	filled->others += job->others;
	filled->bytes += job->bytes;
	filled->failures += job->failures;
	filled->no_space += job->no_space;
}

/* @limits: what earlier inputs reported */
static int copy_input(const struct fill *fill, const struct session *session,
		      struct writeback *writeback, const struct input *input,
		      struct limits *limits, struct filled *filled,
		      struct lkl_error *err)
{
	struct settings settings = *fill->settings;
	struct job job;
	int ret;

	if (input->filter)
		settings.filter = *input->filter;
	/* For directories on the way to the target. */
	if (input->target)
		settings.umask = 022;
	ret = job_init(&job, &settings, session, true);
	job.writeback = writeback;
	job.list = fill->common->verbose;
	limits_go_on(&job.limits, limits);
	/* The progress line goes on where it was. */
	job.bytes = filled->bytes;
	job.files = filled->files;
	filled->bytes = filled->files = 0;
	if (ret < 0)
		error_no_memory(err);
	else if (input_is_container(input))
		ret = copy_container(&job, input, err);
	else if (input->type == INPUT_ARCHIVE)
		ret = copy_archive(&job, input, err);
	else
		ret = copy_folder_or_file(&job, input, err);
	/* If this copy stops, the next one will report all files. */
	if (ret != -ENOSPC)
		limits_summary(&job);
	add_counts(filled, &job);
	*limits = job.limits;
	if (session_panic())
		ret = error_set(err, -ENOTRECOVERABLE,
				"%s: the kernel panicked: %s",
				quote_name(fill->target->name), session_panic());
	/* Open files would prevent unmounting. */
	job_free(&job);
	return ret;
}

static int sync_root(struct lkl_error *err)
{
	long fd, ret;

	fd = ret = lkl_sys_openat(LKL_AT_FDCWD, "/", LKL_O_RDONLY |
				  LKL_O_DIRECTORY | LKL_O_CLOEXEC, 0);
	if (ret >= 0) {
		ret = lkl_sys_syncfs((int)fd);
		lkl_sys_close((unsigned int)fd);
	}
	if (ret < 0)
		return error_set(err, (int)ret,
				 "cannot write everything to the image: %s",
				 lkl_strerror((int)ret));
	return 0;
}

/* @base: the current directory, which copying a folder changes */
static int copy_inputs(const struct fill *fill, const struct session *session,
		       struct writeback *writeback, int base,
		       struct filled *filled, struct lkl_error *err)
{
	struct limits limits = { 0 };
	size_t i;
	int ret = 0;

	for (i = 0; i < fill->inputs->n && !ret; i++) {
		if (fill->inputs->at[i].type != INPUT_ARCHIVE &&
		    fchdir(base) < 0)
			ret = error_set(err, -errno,
					"cannot go back to the directory: %s",
					strerror(errno));
		if (!ret)
			ret = copy_input(fill, session, writeback,
					 &fill->inputs->at[i], &limits, filled,
					 err);
	}
	/* Each file that did not fit has a message already. */
	if ((!ret || ret == -ENOSPC) && filled->no_space)
		ret = error_set(err, -ENOSPC,
				"%s: too small for the inputs, so no image is made",
				quote_name(fill->target->name));
	/* Directories have their attributes now. */
	if (!ret)
		ret = subvolumes_check(fill->subvolumes, err);
	if (!ret)
		ret = subvolumes_take_snapshots(fill->subvolumes, err);
	if (!ret)
		ret = sync_root(err);
	return ret;
}

/* Inside of the image. */
static int fill_root(const struct fill *fill, const struct session *session,
		     struct writeback *writeback, int base,
		     struct filled *filled, struct lkl_error *err)
{
	int64_t spare;
	int ret;

	ret = look_at_room(fill, &filled->before, err);
	if (ret < 0)
		return ret;
	filled->outcome = judge_room(fill, filled);
	if (filled->outcome != FILL_DONE || fill->only_look)
		return 0;
	if (fill->demand)
		progress_set_total(fill->demand->data);
	if (fill->no_lost_found)
		lkl_sys_unlinkat(LKL_AT_FDCWD, "/lost+found", LKL_AT_REMOVEDIR);
	ret = subvolumes_make(fill->subvolumes, err);
	if (!ret)
		ret = copy_inputs(fill, session, writeback, base, filled, err);
	if (!ret && fill->finish)
		ret = fill->finish(fill->finish_opaque, err);
	if (ret == -ENOSPC && fill->settings->stop_when_full) {
		filled->outcome = FILL_FULL;
		ret = 0;
	}
	if (!ret)
		ret = look_at_room(fill, &filled->after, err);
	if (ret < 0 || filled->outcome == FILL_FULL)
		return ret;
	look_at_root(&filled->root);
	spare = spare_room(fill, &filled->after, 0);
	filled->excess = spare > 0 ? (uint64_t)spare : 0;
	filled->shortage = spare < 0 ? (uint64_t)-spare : 0;
	return 0;
}

static int fill_session(const struct fill *fill, struct session *session,
			struct writeback *writeback, int base,
			struct filled *filled, struct lkl_error *err)
{
	struct lkl_error left_err;
	int ret, left;

	ret = confine(fill->inputs, fill->common, err);
	if (!ret)
		ret = session_mount(session, err);
	if (ret < 0)
		return ret;
	ret = image_enter(session_root(session), err);
	if (ret < 0)
		return ret;
	ret = fill_root(fill, session, writeback, base, filled, err);
	if (ret < 0 && !session_panic() &&
	    session_host_failure(session, &left_err))
		error_set(err, ret, "%s: %s", quote_name(fill->target->name),
			  left_err.text);
	left = image_leave(&left_err);
	if (left < 0 && ret >= 0) {
		*err = left_err;
		return left;
	}
	return ret;
}

/* Compression is an option of the mount; the user's options follow it. */
static int add_compression(const struct fill *fill,
			   struct common_options *image, char **ret_options)
{
	const char *users = image->mount_options;

	if (!fill->compress)
		return 0;
	if (asprintf(ret_options, "compress=%s%s%s", fill->compress,
		     users ? "," : "", users ? users : "") < 0) {
		*ret_options = NULL;
		return -ENOMEM;
	}
	image->mount_options = *ret_options;
	return 0;
}

/* The session knows the image by another path, which says nothing to users. */
static void name_image(const struct fill_target *target, struct lkl_error *err)
{
	const size_t len = strlen(target->path);
	struct lkl_error old = *err;

	if (!strncmp(old.text, target->path, len) && old.text[len] == ':')
		error_set(err, 0, "%s%s", quote_name(target->name),
			  old.text + len);
}

static int fill_image(const struct fill *fill, struct filled *result,
		      struct lkl_error *err)
{
	const struct watchdog watchdog = { .image = fill->target->name };
	struct common_options image = *fill->common;
	struct writeback *writeback;
	cleanup_close int base = -1, scratch = -1;
	cleanup_free char *mount_options = NULL;
	struct lkl_error close_err;
	struct session *session;
	int ret;

	host_raise_file_limit();
	umask(0);
	image.format = fill->target->format;
	image.offset = fill->target->offset;
	image.size = fill->target->size;
	image.type = fill->kind->kernel;
	if (!image.memory && fill->size <= KIND_MEMORY_IMAGE)
		image.memory = fill->kind->memory;
	ret = add_compression(fill, &image, &mount_options);
	if (ret < 0)
		return error_no_memory(err);
	/* Until it is complete, nobody needs the image. */
	image.no_flush = true;
	base = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	watchdog_set(&watchdog);
	ret = session_prepare(fill->target->path, &image, 0, &session, err);
	if (ret < 0)
		return ret;
	if (fill->target->scratch) {
		scratch = open(fill->target->scratch, O_RDONLY | O_CLOEXEC);
		if (scratch < 0) {
			ret = error_set(err, -errno, "%s: cannot open: %s",
					quote_name(fill->target->name),
					strerror(errno));
			session_close(session, NULL);
			return ret;
		}
		session_before_mount(session, transfer_to_disk, &scratch);
	}
	writeback = writeback_open(fill->target->path);
	ret = fill_session(fill, session, writeback, base, result, err);
	writeback_close(writeback);
	if (session_close(session, &close_err) < 0 && ret >= 0) {
		ret = -EIO;
		*err = close_err;
	}
	return ret;
}

/* Runs in a process of its own. */
static int fill_work(void *opaque, void *result, struct lkl_error *err)
{
	const struct fill *fill = opaque;
	int ret = fill_image(fill, result, err);

	if (ret < 0)
		name_image(fill->target, err);
	return ret;
}

int fill_run(const struct fill *fill, struct filled *ret_filled,
	     struct lkl_error *err)
{
	struct filled filled = { 0 };
	struct fill copy = *fill;
	int ret;

	ret = process_ask(fill_work, &copy, &filled, sizeof(filled), err);
	if (!ret)
		*ret_filled = filled;
	return ret;
}

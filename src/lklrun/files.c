// SPDX-License-Identifier: GPL-2.0-only
/*
 * files.c - regular files of the image as files in memory: opening them, and when
 * they are written to the image.  file-table.c knows which there are, and writeback.c
 * moves their data.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <lkl/linux/fs.h>

#include "common/cleanup.h"
#include "common/cli/quote.h"
#include "common/cli/report.h"
#include "common/error.h"
#include "common/monotonic.h"
#include "file-memory.h"
#include "file-table.h"
#include "inotify.h"
#include "memory-limit.h"
#include "object.h"
#include "resolve.h"

static bool is_verbose;
static struct lkl_error lost;		/* the first file that was not written */
static int lost_code;

void files_init(bool verbose)
{
	is_verbose = verbose;
}

struct object *file_object(struct file *file)
{
	return file->object;
}

int file_descriptor(const struct file *file)
{
	return file->inside;
}

/* ---- Loading ---- */

static bool is_writable(int inside)
{
	long flags = lkl_sys_fcntl((unsigned int)inside, LKL_F_GETFL, 0);

	return flags >= 0 && (flags & LKL_O_ACCMODE) != LKL_O_RDONLY;
}

static bool is_readable(int inside)
{
	long flags = lkl_sys_fcntl((unsigned int)inside, LKL_F_GETFL, 0);

	return flags >= 0 && !(flags & LKL_O_PATH) &&
		(flags & LKL_O_ACCMODE) != LKL_O_WRONLY;
}

static int explain_size(int inside)
{
	char path[PATH_MAX];

	if (is_verbose && place_describe(inside, path) >= 0)
		report_warning("%s has more data than %" PRIu64 " MiB, the limit of memory (--file-memory): it cannot be opened",
			       quote_name(path), memory_limit() >> 20);
	return -EFBIG;
}

static int file_new(int inside, const struct lkl_statx *st,
		    struct file **ret_file)
{
	cleanup_close int memory = -1;
	struct file *file;
	int ret;

	file_cache_shrink();
	memory = memfd_create("lklrun", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (memory < 0)
		return -errno;
	ret = file_fill(memory, inside, st, memory_limit());
	if (ret < 0)
		return ret == -EFBIG ? explain_size(inside) : ret;
	memory = object_memory(memory);
	if (memory < 0)
		return memory;
	file = calloc(1, sizeof(*file));
	if (!file)
		return -ENOMEM;
	do {
		ret = object_new(memory, &file->object);
		/* No descriptors, or too many watches: drop closed files. */
	} while ((ret == -EMFILE || ret == -ENFILE) &&
		 file_cache_drop_oldest());
	if (ret < 0) {
		free(file);
		return ret;
	}
	memory = -1;
	file->object->file = file;
	file->ino = st->stx_ino;
	file->dev_major = st->stx_dev_major;
	file->dev_minor = st->stx_dev_minor;
	file->inside = inside;
	file->writable = is_writable(inside);
	file_table_add(file);
	*ret_file = file;
	return 0;
}

int file_load(int inside, struct file **ret_file)
{
	struct lkl_statx st;
	struct file *file;
	int ret;

	ret = (int)lkl_sys_statx(inside, "", LKL_AT_EMPTY_PATH,
				 LKL_STATX_BASIC_STATS, &st);
	if (ret < 0)
		goto out_close;
	file = file_find(&st);
	if (file) {
		if (!file->writable && is_writable(inside)) {
			int old = file->inside;

			file->inside = inside;
			file->writable = true;
			inside = old;
		}
		*ret_file = file;
		goto out_close;
	}
	ret = is_readable(inside) ? file_new(inside, &st, ret_file) :
		-EACCES;
	if (!ret)
		return 0;
out_close:
	lkl_sys_close((unsigned int)inside);
	return ret;
}

static long give(struct call *call, struct file *file, int flags)
{
	bool writes = (flags & O_ACCMODE) != O_RDONLY;
	cleanup_close int fd = -1;
	struct stat st;
	int ret;

	if (writes && !file->writable)
		return -EACCES;
	if (writes && !file->maybe_dirty) {
		ret = file_watch(file);
		if (ret < 0)
			return ret;
		file_maybe_dirty_add(file);
	}
	file_cache_remove(file);
	/* open() has truncated the image's file already. */
	if (flags & O_TRUNC && !writes) {
		ret = file_resize(file);
		if (ret < 0)
			return ret;
	}
	/* Not of an empty file: for inotify it would be a write. */
	if (!writes || fstat(file->object->memory, &st) || !st.st_size)
		flags &= ~O_TRUNC;
	fd = object_reopen(file->object, flags & (O_ACCMODE | O_APPEND |
						  O_NONBLOCK | O_TRUNC));
	if (fd < 0)
		return fd;
	return call_give(call, fd, flags & O_CLOEXEC ? O_CLOEXEC : 0);
}

long file_open_give(struct call *call, int inside, int flags)
{
	struct file *file;
	long ret = file_load(inside, &file);

	if (ret < 0)
		return ret;
	ret = give(call, file, flags);
	/* Nobody closes it, unless others have it. */
	if (call_failed(ret))
		file_closed(file);
	return ret;
}

/* ---- Writing back ---- */

static void remember_loss(struct file *file, int code)
{
	char path[PATH_MAX];

	if (lost_code)
		return;
	lost_code = code;
	place_describe(file->inside, path);
	error_set(&lost, code, "%s: cannot be written to the image: %s",
		  quote_name(path), lkl_strerror(code));
}

int file_flush(struct file *file)
{
	struct stat st;
	int64_t start;
	int ret;

	if (!file->maybe_dirty)
		return 0;
	/* Nothing to write: the cost of the last write-back stays known. */
	if (!file->mapped && !file_is_dirty(file, &st))
		return 0;
	start = monotonic_ms();
	inotify_hold();
	ret = file_write_back(file);
	inotify_release();
	file->failed = ret < 0;
	if (file->failed)
		due_failed(&file->due, start, monotonic_ms());
	else
		due_written_back(&file->due, start, monotonic_ms());
	return ret;
}

int file_flush_all(void)
{
	struct file *file;
	int ret = 0, one;

	for (file = file_maybe_dirty_first(); file; file = file->next_maybe_dirty) {
		one = file_flush(file);
		if (one < 0 && !ret)
			ret = one;
	}
	return ret;
}

void file_mapped(struct file *file)
{
	if (file->maybe_dirty)
		file->mapped = true;
}

void file_closed(struct file *file)
{
	bool is_open = object_is_open(file->object);
	bool deleted = !is_open && file_is_deleted(file);

	if (file->maybe_dirty && !object_has_writers(file->object)) {
		if (!deleted)
			file_flush(file);
		if (deleted || !file->failed) {
			file_maybe_dirty_remove(file);
			file->mapped = false;
		}
	}
	if (is_open || file->maybe_dirty)
		return;
	if (deleted || file->sealed)
		file_drop(file);
	else
		file_cache_add(file);
}

static bool is_due(struct file *file, time_t clock, int64_t now_ms)
{
	struct stat st = { 0 };
	bool dirty = file_is_dirty(file, &st);

	return due_check(&file->due, dirty, st.st_mtim.tv_sec, clock, now_ms) ||
		(file->mapped && due_check_mapped(&file->due, now_ms));
}

int files_tick(void)
{
	static time_t last;
	struct timespec now;
	struct file *file;
	int64_t now_ms;
	int wait;

	if (!file_maybe_dirty_first())
		return -1;
	now_ms = monotonic_ms();
	wait = memory_limit_tick(now_ms);
	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	/* Looking at all files costs time: once a second is enough. */
	if (now.tv_sec == last)
		return wait;
	last = now.tv_sec;
	for (file = file_maybe_dirty_first(); file; file = file->next_maybe_dirty)
		if (is_due(file, now.tv_sec, now_ms))
			file_flush(file);
	return wait;
}

int files_end(struct lkl_error *err)
{
	struct file *file;
	int ret;

	for (file = file_maybe_dirty_first(); file; file = file->next_maybe_dirty) {
		ret = file_flush(file);
		if (ret < 0 && !file_is_deleted(file))
			remember_loss(file, ret);
	}
	file_table_clear();
	if (lost_code && err)
		*err = lost;
	return lost_code;
}

/* ---- Files that change inside ---- */

void file_complete_stat(struct lkl_statx *st)
{
	struct file *file = file_find(st);

	if (file && file->maybe_dirty)
		file_complete(file, st);
}

int file_resize(struct file *file)
{
	cleanup_close int memory = -1;
	struct lkl_statx st;
	int ret;

	if (file->cached && !file->maybe_dirty) {
		file_drop(file);
		return 0;
	}
	ret = (int)lkl_sys_statx(file->inside, "", LKL_AT_EMPTY_PATH,
				 LKL_STATX_SIZE, &st);
	if (ret < 0)
		return ret;
	memory = object_reopen(file->object, O_RDWR);
	if (memory < 0)
		return memory;
	return ftruncate(memory, (off_t)st.stx_size) ? -errno : 0;
}

static struct file *find_by_descriptor(int fd)
{
	struct lkl_statx st;

	return lkl_sys_statx(fd, "", LKL_AT_EMPTY_PATH, LKL_STATX_INO, &st) ?
		NULL : file_find(&st);
}

int files_flush_inside(int fd)
{
	struct file *file = find_by_descriptor(fd);

	return file ? file_flush(file) : 0;
}

int files_resize_inside(int fd)
{
	struct file *file = find_by_descriptor(fd);

	return file ? file_resize(file) : 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * file.c - copies one file that is not a directory.
 *
 * Data moves through one buffer, which is small enough to stay in the
 * processor's cache.  Large files use direct I/O on the image's side.
 */
#include "copy.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cli/progress.h"
#include "common/cli/quote.h"
#include "common/cli/report.h"
#include "common/image/session.h"
#include "common/tree/damaged-file.h"
#include "common/tree/device.h"
#include "common/tree/direct.h"
#include "common/zeroes.h"
#include "source-ahead.h"
#include "writeback.h"

/* --sparse=always looks for zeroes in blocks of this size. */
#define HOLE_BLOCK	4096u

/* Longer than any link that the kernel resolves. */
#define TARGET_MAX	8192

#define OPEN_FILE (LKL_O_RDONLY | LKL_O_NONBLOCK | LKL_O_NOATIME | \
		   LKL_O_NOCTTY | LKL_O_CLOEXEC)

struct copy {
	struct job *job;
	struct damaged_file from;
	int to;
	uint64_t size;
	bool skip_zeroes;
	uint64_t end;			/* of the data written so far */
	bool ended;			/* the source ended before its size */
};

/*
 * btrfs reserves space for the metadata of dirty data, about a hundred times
 * as much as it will use.  In an image of a few GiB the reservations run out
 * after some hundred files.  Then every new one waits for a timer tick, and
 * 50,000 files take four times as long.
 */
void file_begin(struct job *job)
{
	struct lkl_statfs st;

	job->writes_soon = job->to->write_soon && job->to_base >= 0 &&
		job->to->statfs(job->to_base, &st) >= 0 &&
		(uint64_t)st.f_type == LKL_BTRFS_SUPER_MAGIC;
}

void file_written(struct job *job, int to)
{
	if (job->writes_soon)
		job->to->write_soon(to);
}

static int write_all(const struct file_calls *to, int fd, const char *data,
		     size_t len, uint64_t offset)
{
	long n;

	while (len) {
		n = to->write(fd, data, len, offset);
		if (n == -EINTR && !job_interrupted())
			continue;
		if (n < 0)
			return (int)n;
		if (n == 0)
			return -EIO;
		data += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

bool file_use_direct_io(const struct job *job, int fd, uint64_t size)
{
	if (!job->lent || size < DIRECT_MIN ||
	    (job->into_image && session_compresses(job->session)))
		return false;
	direct_begin(fd);
	return true;
}

int file_write(struct job *job, int to, const char *data, size_t len,
	       uint64_t offset, bool skip_zeroes)
{
	size_t start = 0, at, n;
	int ret = 0;

	if (!skip_zeroes)
		return write_all(job->to, to, data, len, offset);
	/* Write each run of blocks that are not all zero. */
	for (at = 0; at < len && !ret; at += n) {
		n = HOLE_BLOCK - (offset + at) % HOLE_BLOCK;
		if (n > len - at)
			n = len - at;
		if (!is_all_zero(data + at, n))
			continue;
		if (at > start)
			ret = write_all(job->to, to, data + start, at - start,
					offset + start);
		start = at + n;
	}
	if (!ret && len > start)
		ret = write_all(job->to, to, data + start, len - start,
				offset + start);
	return ret;
}

/* Whether file_write() leaves a hole at the end of the data. */
static bool ends_in_hole(const char *data, size_t len, uint64_t offset)
{
	size_t last = (offset + len - 1) % HOLE_BLOCK + 1;

	if (last > len)
		last = len;
	return is_all_zero(data + len - last, last);
}

/* Returns bytes, less than @want only at the end of the file, or -errno. */
static long read_fully(struct copy *copy, size_t want, uint64_t offset)
{
	char *buffer = copy->job->buffer;
	size_t got = 0;
	long n;

	while (got < want) {
		n = damaged_file_read(&copy->from, buffer + got, want - got,
				      offset + got);
		if (n < 0)
			return n;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	return (long)got;
}

static long read_some(struct copy *copy, size_t want, uint64_t offset)
{
	if (copy->job->settings->reproducible)
		return read_fully(copy, want, offset);
	return damaged_file_read(&copy->from, copy->job->buffer, want, offset);
}

/* Returns DATA_COMPLETE, DATA_INCOMPLETE or -errno. */
static int copy_range(struct copy *copy, uint64_t offset, uint64_t end)
{
	struct job *job = copy->job;
	size_t want;
	long n;
	int ret;

	while (offset < end) {
		if (job_interrupted())
			return -EINTR;
		want = end - offset < JOB_BUFFER ? end - offset : JOB_BUFFER;
		do {
			n = read_some(copy, want, offset);
		} while (n == -EINTR && !job_interrupted());
		if (n < 0)
			return (int)n;
		if (n == 0) {
			copy->ended = true;
			return 0;
		}
		if (job->from == &host_calls)
			source_ahead_file(copy->from.fd, offset, (size_t)n);
		ret = file_write(job, copy->to, job->buffer, (size_t)n, offset,
				 copy->skip_zeroes);
		if (ret < 0) {
			ret = job_target_error(job, ret, "cannot write");
			return ret ? ret : DATA_INCOMPLETE;
		}
		if (!copy->skip_zeroes ||
		    !ends_in_hole(job->buffer, (size_t)n, offset))
			copy->end = offset + (uint64_t)n;
		offset += (uint64_t)n;
		job->bytes += (uint64_t)n;
		progress_update(job->bytes, job->files);
		writeback_note(job->writeback, job->bytes);
		if (damaged_file_is_hopeless(&copy->from)) {
			if (copy->size > offset)
				damaged_file_lose(&copy->from,
						  copy->size - offset, offset,
						  copy->from.code);
			copy->ended = true;
			return 0;
		}
	}
	return 0;
}

/* Make the range end where that of a source without holes would. */
static void widen_to_buffers(const struct job *job, long *data, long *hole)
{
	const long size = JOB_BUFFER;

	if (!job->settings->reproducible)
		return;
	*data -= *data % size;
	*hole += size - 1;
	*hole -= *hole % size;
}

/* -EINVAL, with nothing written, if the holes cannot be found. */
static int copy_between_holes(struct copy *copy)
{
	const struct directory_calls *from = &copy->job->from->directory;
	uint64_t at = 0;
	long data, hole;
	int ret;

	while (at < copy->size && !copy->ended) {
		data = from->seek(copy->from.fd, (long)at, LKL_SEEK_DATA);
		if (data == -ENXIO)
			return 0;
		if (data < 0)
			return at ? -EIO : (int)data;
		/* A damaged file system may go back: do not loop for ever. */
		if ((uint64_t)data < at)
			return -EIO;
		if ((uint64_t)data >= copy->size)
			return 0;
		hole = from->seek(copy->from.fd, data, LKL_SEEK_HOLE);
		if (hole < 0)
			return at ? -EIO : (int)hole;
		if (hole <= data)
			return -EIO;
		widen_to_buffers(copy->job, &data, &hole);
		if ((uint64_t)hole > copy->size)
			hole = (long)copy->size;
		ret = copy_range(copy, (uint64_t)data, (uint64_t)hole);
		if (ret)
			return ret;
		at = (uint64_t)hole;
	}
	return 0;
}

/*
 * A damaged inode may claim any size, and would read as zeroes up to there.
 * Unless it has holes, a file cannot be much larger than its file system; how
 * much larger, that depends on compression.
 */
#define PLAUSIBLE_SHIFT 10

static bool is_plausible_size(const struct job *job, const struct lkl_statx *st)
{
	return !job->capacity || st->stx_size <= job->capacity ||
		st->stx_size >> PLAUSIBLE_SHIFT <= job->capacity;
}

/* Files in /proc say that they are empty, and are not. */
static int copy_until_end(struct copy *copy)
{
	uint64_t before;
	int ret;

	do {
		before = copy->end;
		ret = copy_range(copy, before, before + JOB_BUFFER);
	} while (!ret && !copy->ended);
	copy->ended = false;
	copy->size = copy->end;
	return ret;
}

static int copy_all_data(struct copy *copy, const struct lkl_statx *st)
{
	const struct job *job = copy->job;
	bool missing = st->stx_blocks < st->stx_size / 512;
	int ret;

	if (!st->stx_size)
		return job->into_image ? copy_until_end(copy) : 0;
	if (job->settings->holes == HOLES_ALWAYS)
		copy->skip_zeroes = true;
	if (missing && job->settings->holes != HOLES_NEVER) {
		ret = copy_between_holes(copy);
		if (ret != -EINVAL && ret != -EOPNOTSUPP)
			return ret;
		/* There are holes: look for zeroes instead. */
		copy->skip_zeroes = true;
	}
	if (!is_plausible_size(job, st))
		return -EFBIG;
	return copy_range(copy, 0, copy->size);
}

static int report_loss(const struct copy *copy)
{
	char text[DAMAGED_FILE_TEXT];

	if (!damaged_file_describe(&copy->from, text))
		return 0;
	return job_source_error(copy->job, copy->from.code, text);
}

/*
 * Copies the data of one open file to another.  Bytes that cannot be read
 * become zeroes, and an error of the file.
 */
static int copy_data(struct job *job, int from, int to,
		     const struct lkl_statx *st)
{
	struct copy copy = {
		.job = job, .from = { .calls = job->from, .fd = from },
		.to = to, .size = st->stx_size,
	};
	int ret;

	/* Within an image, blocks are shared if the file system can. */
	if (job->from == job->to && job->to->clone &&
	    !job->to->clone(from, to)) {
		job->bytes += st->stx_size;
		return 0;
	}
	file_use_direct_io(job, job->into_image ? to : from, st->stx_size);
	ret = copy_all_data(&copy, st);
	if (ret == -EFBIG || ret == -EIO) {
		ret = job_source_error(job, ret, ret == -EFBIG ?
				       "its size cannot be true" :
				       "cannot find its holes");
		return ret ? ret : DATA_INCOMPLETE;
	}
	if (ret)
		return ret;
	/* The file ends in a hole. */
	if (copy.end < copy.size && !(copy.ended && !copy.from.lost)) {
		ret = job->to->truncate(to, copy.size);
		if (ret < 0) {
			ret = job_target_error(job, ret, "cannot set its size");
			return ret ? ret : DATA_INCOMPLETE;
		}
	}
	if (copy.ended && !copy.from.lost)
		return job_source_error(job, 0,
					"became shorter while it was copied");
	return report_loss(&copy);
}

static int copy_symlink(struct job *job, int dir, const char *name,
			const struct lkl_statx *st,
			const struct target_entry *entry)
{
	const struct file_ref file = { .fd = -1, .dir = dir, .name = name };
	char target[TARGET_MAX];
	long len;
	int ret;

	len = job->from->readlink(dir, name, target, sizeof(target));
	if (len == 0)
		len = -ENOENT;		/* the target is empty */
	if (len == sizeof(target))
		len = -ENAMETOOLONG;
	if (len < 0)
		return job_source_error(job, (int)len,
					"cannot read symbolic link");
	target[len] = '\0';
	/* The copy would be a different link. */
	if (strlen(target) != (size_t)len)
		return job_source_error(job, 0,
				"symbolic link with a zero byte in its target");
	ret = attributes_read(job, &file);
	return ret ? ret : create_symlink(job, entry, st, target);
}

static int copy_special(struct job *job, int dir, const char *name,
			const struct lkl_statx *st,
			const struct target_entry *entry)
{
	const struct file_ref file = { .fd = -1, .dir = dir, .name = name };
	int ret = attributes_read(job, &file);

	return ret ? ret : create_special(job, entry, st);
}

static bool is_changed(const struct lkl_statx *a, const struct lkl_statx *b)
{
	return a->stx_size != b->stx_size ||
		a->stx_mtime.tv_sec != b->stx_mtime.tv_sec ||
		a->stx_mtime.tv_nsec != b->stx_mtime.tv_nsec;
}

/* Another process may write to a file of the host meanwhile. */
static int check_unchanged(struct job *job, int from,
			   const struct lkl_statx *st)
{
	struct lkl_statx now;

	/* Files in /proc and /sys change when they are read. */
	if (!job->into_image || !st->stx_size ||
	    job->from->statx(from, "", 0, &now) < 0 || !is_changed(st, &now))
		return 0;
	return job_source_error(job, 0, "changed while it was copied");
}

/* Both files are open. */
static int copy_opened_file(struct job *job, const struct file_ref *from,
			    int to, const struct lkl_statx *st,
			    const struct target_entry *entry, int made)
{
	const struct file_ref to_place = {
		.fd = to, .dir = entry->dir, .name = entry->name,
	};
	uint64_t failures = job->failures;
	int ret;

	ret = copy_data(job, from->fd, to, st);
	file_written(job, to);
	if (ret || made == CREATED_STREAM)
		return ret;
	/* One message about a file is enough. */
	if (job->failures == failures)
		ret = check_unchanged(job, from->fd, st);
	if (!ret)
		ret = attributes_read(job, from);
	if (!ret)
		ret = attributes_apply(job, &to_place, st, entry,
				       made == CREATED_EXISTING);
	return ret;
}

/* The file of the host that is being written, if a signal should remove it. */
static _Atomic(const struct target_entry *) partial_file;

void file_remove_partial(void)
{
	const struct target_entry *entry = atomic_exchange(&partial_file, NULL);

	if (entry && !entry->follow)
		host_calls.unlink(entry->dir, entry->name);
}

/* Within an image, both names may be those of one file. */
static bool is_same_file(const struct job *job, const struct lkl_statx *st,
			 const struct target_entry *entry)
{
	struct lkl_statx old;

	return job->from == job->to &&
		job->to->statx(entry->dir, entry->name, entry->follow ? 0 :
			       LKL_AT_SYMLINK_NOFOLLOW, &old) >= 0 &&
		old.stx_ino == st->stx_ino && device_of(&old) == device_of(st);
}

/* The source is open. */
static int copy_opened_source(struct job *job, const struct file_ref *from,
			      const struct lkl_statx *st,
			      const struct target_entry *entry)
{
	int to = -1, made, ret = 0;

	if (is_same_file(job, st, entry))
		return job_source_error(job, 0, "is the destination itself");
	made = create_file(job, entry, st, &to);
	if (made <= 0)
		return made;
	if (to >= 0) {
		if (job->to == &host_calls)
			atomic_store(&partial_file, entry);
		ret = copy_opened_file(job, from, to, st, entry, made);
		atomic_store(&partial_file, NULL);
		job->to->directory.close(to);
		/* Leave no partial file. */
		if (ret)
			create_undo(job, entry);
	} else {
		job->bytes += st->stx_size;
	}
	return ret < 0 ? ret : ret == DATA_INCOMPLETE ? CREATED_NOTHING : made;
}

static int copy_regular(struct job *job, int dir, const char *name,
			bool follow, const struct lkl_statx *st,
			const struct target_entry *entry)
{
	/* A link that is followed has another name than the file. */
	struct file_ref from = { .dir = dir, .name = follow ? NULL : name };
	struct lkl_statx now = *st;
	bool silent;
	int ret = 0;

	if (job->into_image &&
	    settings_is_own_file(job->settings, st, &silent)) {
		if (!silent)
			report_warning("%s: left out, since the image will replace it",
				       quote_name(job->source.text));
		return 0;
	}
	if (job->into_image && job_is_image(job, st))
		return job_source_error(job, 0,
					"is the image itself, not copied");
	from.fd = job->from->open(dir, name, OPEN_FILE |
				  (follow ? 0 : LKL_O_NOFOLLOW), 0);
	if (from.fd < 0)
		return job_source_error(job, from.fd, "cannot open");
	/* On the host the name may be that of another file by now. */
	if (job->into_image) {
		ret = job->from->statx(from.fd, "", 0, &now);
		if (ret < 0)
			ret = job_source_error(job, ret, "cannot stat");
		else if (!S_ISREG(now.stx_mode))
			ret = job_source_error(job, 0,
					       "is no longer a regular file");
		else
			ret = 1;
	}
	if (ret >= 0 && (ret || !job->into_image))
		ret = copy_opened_source(job, &from, &now, entry);
	job->from->directory.close(from.fd);
	return ret;
}

/*
 * A pipe of the host that has no name, as /dev/stdin may lead to.  Nobody could
 * use a fifo in its place.
 */
static bool is_pipe(const struct job *job, int dir, const char *name)
{
	struct lkl_statfs st = { .f_type = 0 };
	int fd;

	if (!job->into_image)
		return false;
	fd = job->from->open(dir, name, LKL_O_PATH | LKL_O_CLOEXEC, 0);
	if (fd < 0)
		return false;
	job->from->statfs(fd, &st);
	job->from->directory.close(fd);
	return (uint64_t)st.f_type == LKL_PIPEFS_MAGIC;
}

/* A regular file of what it holds, as "cp /dev/stdin FILE" makes. */
static int copy_pipe(struct job *job, int dir, const char *name,
		     const struct lkl_statx *st,
		     const struct target_entry *entry)
{
	struct lkl_statx regular = *st;
	struct file_ref from = { .dir = dir };
	int ret;

	regular.stx_mode = (uint16_t)(S_IFREG | (st->stx_mode & 07777));
	from.fd = job->from->open(dir, name, OPEN_FILE & ~LKL_O_NONBLOCK, 0);
	if (from.fd < 0)
		return job_source_error(job, from.fd, "cannot open");
	ret = copy_opened_source(job, &from, &regular, entry);
	job->from->directory.close(from.fd);
	return ret;
}

int file_copy(struct job *job, int dir, const char *name, bool follow,
	      const struct lkl_statx *st, const struct target_entry *entry)
{
	int ret;

	switch (st->stx_mode & S_IFMT) {
	case S_IFREG:
		ret = copy_regular(job, dir, name, follow, st, entry);
		if (ret > 0)
			job->files++;
		break;
	case S_IFLNK:
		ret = copy_symlink(job, dir, name, st, entry);
		if (ret > 0)
			job->others++;
		break;
	case S_IFIFO:
		if (follow && is_pipe(job, dir, name)) {
			ret = copy_pipe(job, dir, name, st, entry);
			if (ret > 0)
				job->files++;
			break;
		}
		/* fall through */
	case S_IFCHR:
	case S_IFBLK:
	case S_IFSOCK:
		ret = copy_special(job, dir, name, st, entry);
		if (ret > 0)
			job->others++;
		break;
	default:
		return job_source_error(job, 0, "unknown file type");
	}
	if (ret > 0)
		job_show_copied(job);
	return ret;
}

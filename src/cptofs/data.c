// SPDX-License-Identifier: GPL-2.0-only
/*
 * data.c - the contents of files.
 *
 * One buffer, small enough to stay in the processor's cache: read into from
 * one kernel's page cache, written from into the other's.  Large files go past
 * that of the kernel inside.
 */
#include "data.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/tree/direct.h"
#include "common/cli/progress.h"
#include "early.h"

/* What is lost around a bad block, and after how many of these in a row no
 * more of the file is tried. */
#define PIECE		4096u
#define PIECES_MAX	64

/* Zeroes are looked for in pieces of this size, at multiples of it. */
#define HOLE_SIZE	4096u

struct copy {
	struct job *job;
	int from, to;
	uint64_t size;
	bool skip_zeroes;
	uint64_t end;			/* of what was written */

	/* What could not be read. */
	uint64_t lost, first_lost;
	int lost_code;
	unsigned int in_a_row;
	bool ended;			/* before its size */
};

/*
 * btrfs sets room aside for the metadata of data that is not written yet, a
 * hundred times what it will take.  In an image of a few GiB there is no more
 * of that after some hundred files, and whoever waits for it waits in ticks:
 * 50,000 files take four times as long then.
 */
void data_begin(struct job *job)
{
	struct lkl_statfs st;

	job->writes_soon = job->to->write_soon && job->to_base >= 0 &&
		job->to->statfs(job->to_base, &st) >= 0 &&
		(uint64_t)st.f_type == LKL_BTRFS_SUPER_MAGIC;
}

void data_done(struct job *job, int to)
{
	if (job->writes_soon)
		job->to->write_soon(to);
}

static bool is_zero(const char *data, size_t len)
{
	return !data[0] && !memcmp(data, data + 1, len - 1);
}

static int put_all(const struct calls *to, int fd, const char *data,
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

bool data_go_direct(const struct job *job, int fd, uint64_t size)
{
	if (!job->lent || size < DIRECT_MIN)
		return false;
	direct_begin(fd);
	return true;
}

int data_put(struct job *job, int to, const char *data, size_t len,
	     uint64_t offset, bool skip_zeroes)
{
	size_t start = 0, at, n;
	int ret = 0;

	if (!skip_zeroes)
		return put_all(job->to, to, data, len, offset);
	/* Runs of what is not zero, each in one piece. */
	for (at = 0; at < len && !ret; at += n) {
		n = HOLE_SIZE - (offset + at) % HOLE_SIZE;
		if (n > len - at)
			n = len - at;
		if (!is_zero(data + at, n))
			continue;
		if (at > start)
			ret = put_all(job->to, to, data + start, at - start,
				      offset + start);
		start = at + n;
	}
	if (!ret && len > start)
		ret = put_all(job->to, to, data + start, len - start,
			      offset + start);
	return ret;
}

/* @len bytes at @offset cannot be had: they are zeroes. */
static long lose(struct copy *copy, size_t len, uint64_t offset, int code)
{
	memset(copy->job->buffer, 0, len);
	if (!copy->lost) {
		copy->first_lost = offset;
		copy->lost_code = code;
	}
	copy->lost += len;
	copy->in_a_row++;
	return (long)len;
}

/* Bytes that the buffer holds then, 0 at the end of the file, or -errno. */
static long fill(struct copy *copy, size_t len, uint64_t offset)
{
	const struct calls *from = copy->job->from;
	size_t piece = PIECE - offset % PIECE;
	long n;

	do {
		n = from->read(copy->from, copy->job->buffer, len, offset);
	} while (n == -EINTR && !job_interrupted());
	if (n >= 0) {
		copy->in_a_row = 0;
		return n;
	}
	if (n == -ENOTRECOVERABLE || n == -EINTR)
		return n;
	/* Not all at once: find the bad piece. */
	if (len > piece) {
		len = piece;
		n = from->read(copy->from, copy->job->buffer, len, offset);
		if (n >= 0) {
			copy->in_a_row = 0;
			return n;
		}
	}
	return lose(copy, len, offset, (int)n);
}

/* 0, 1 if the target takes no more (which was told), or -errno. */
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
		n = fill(copy, want, offset);
		if (n < 0)
			return (int)n;
		if (n == 0) {
			copy->ended = true;
			return 0;
		}
		ret = data_put(job, copy->to, job->buffer, (size_t)n, offset,
			       copy->skip_zeroes);
		if (ret < 0) {
			ret = job_target_error(job, ret, "cannot write");
			return ret ? ret : DATA_INCOMPLETE;
		}
		if (!copy->skip_zeroes)
			copy->end = offset + (uint64_t)n;
		offset += (uint64_t)n;
		job->bytes += (uint64_t)n;
		progress_update(job->bytes, job->files);
		early_note(job->early, job->bytes);
		if (copy->in_a_row >= PIECES_MAX) {
			/* The rest would only take time. */
			lose(copy, 0, offset, copy->lost_code);
			copy->lost += copy->size - offset;
			copy->ended = true;
			return 0;
		}
	}
	return 0;
}

/* Between holes; -EINVAL, with nothing written, if they cannot be found. */
static int copy_extents(struct copy *copy)
{
	const struct directory_calls *from = &copy->job->from->directory;
	uint64_t at = 0;
	long data, hole;
	int ret;

	while (at < copy->size && !copy->ended) {
		data = from->seek(copy->from, (long)at, LKL_SEEK_DATA);
		if (data == -ENXIO)
			return 0;
		if (data < 0)
			return at ? -EIO : (int)data;
		/* A file system that goes back would keep us for ever. */
		if ((uint64_t)data < at)
			return -EIO;
		if ((uint64_t)data >= copy->size)
			return 0;
		hole = from->seek(copy->from, data, LKL_SEEK_HOLE);
		if (hole < 0)
			return at ? -EIO : (int)hole;
		if (hole <= data)
			return -EIO;
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
 * A damaged inode may claim any size, and zeroes would be read for all of it.
 * What is not known to be holes cannot be much larger than its file system,
 * unless that compresses.
 */
#define PLAUSIBLE_SHIFT 10

static bool is_plausible(const struct job *job, const struct lkl_statx *st)
{
	return !job->capacity || st->stx_size <= job->capacity ||
		st->stx_size >> PLAUSIBLE_SHIFT <= job->capacity;
}

/* Files of the host that say they are empty, and are not: as in /proc. */
static int copy_unsized(struct copy *copy)
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

static int copy_contents(struct copy *copy, const struct lkl_statx *st)
{
	const struct job *job = copy->job;
	bool missing = st->stx_blocks < st->stx_size / 512;
	int ret;

	if (!st->stx_size)
		return job->into_image ? copy_unsized(copy) : 0;
	if (job->settings->holes == HOLES_ALWAYS)
		copy->skip_zeroes = true;
	if (missing && job->settings->holes != HOLES_NEVER) {
		ret = copy_extents(copy);
		if (ret != -EINVAL && ret != -EOPNOTSUPP)
			return ret;
		/* Holes there are, so look for them. */
		copy->skip_zeroes = true;
	}
	if (!is_plausible(job, st))
		return -EFBIG;
	return copy_range(copy, 0, copy->size);
}

static int report_loss(const struct copy *copy)
{
	char text[128];

	if (!copy->lost)
		return 0;
	snprintf(text, sizeof(text),
		 "cannot read at byte %" PRIu64 ", %" PRIu64
		 " bytes replaced by zeroes", copy->first_lost, copy->lost);
	return job_source_error(copy->job, copy->lost_code, text);
}

int data_copy(struct job *job, int from, int to, const struct lkl_statx *st)
{
	struct copy copy = {
		.job = job, .from = from, .to = to, .size = st->stx_size,
	};
	int ret;

	data_go_direct(job, job->into_image ? to : from, st->stx_size);
	ret = copy_contents(&copy, st);
	if (ret == -EFBIG || ret == -EIO) {
		ret = job_source_error(job, ret, ret == -EFBIG ?
				       "its size cannot be true" :
				       "cannot find its holes");
		return ret ? ret : DATA_INCOMPLETE;
	}
	if (ret)
		return ret;
	/* What is behind the last byte written is a hole. */
	if (copy.end < copy.size && !(copy.ended && !copy.lost)) {
		ret = job->to->truncate(to, copy.size);
		if (ret < 0) {
			ret = job_target_error(job, ret, "cannot set its size");
			return ret ? ret : DATA_INCOMPLETE;
		}
	}
	if (copy.ended && !copy.lost)
		return job_source_error(job, 0,
				"became shorter while it was copied");
	return report_loss(&copy);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * write.c - protocol file: writes to a regular file or block device.
 *
 * A nowait write uses RWF_NOWAIT, but ext4 and block devices refuse that for
 * writes to the page cache.  There a small write is tried anyway: copying some
 * pages takes the host microseconds, less than handing them to another thread.
 * A write may still be slow, if the host has too much to write back or the
 * file is on a network.  The clock shows that.  After a slow write there is a
 * pause without such attempts, and it doubles if the next one is slow, too.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <time.h>

#include "blk/preadv2.h"
#include "file.h"

/* The longest write that is tried: more would hold up the caller. */
#define TRY_MAX		(16u << 10)
/* The host may have to read the rest of a page that is written in part. */
#define TRY_ALIGN	4096u
/* A write is slow from here on: twenty times what another thread costs. */
#define SLOW_NS		200000
/* How long the pause is.  So the caller loses little time. */
#define PAUSE_MIN_NS 10000000ll
#define PAUSE_MAX_NS 10000000000ll

int file_pwritev(struct blk *blk, const struct iovec *iov, int n,
		 uint64_t offset)
{
	struct file *f = (struct file *)blk;
	int ret;

	__atomic_add_fetch(&f->writers, 1, __ATOMIC_RELAXED);
	ret = iov_call_all(f->fd, pwritev, iov, n, offset);
	__atomic_sub_fetch(&f->writers, 1, __ATOMIC_RELAXED);
	return ret;
}

static int64_t file_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

/* Start a pause after a slow write. */
static void file_note_slow_write(struct file *f, int64_t start, int64_t end)
{
	int64_t last = __atomic_load_n(&f->pause, __ATOMIC_RELAXED),
		ns = PAUSE_MIN_NS;

	/* The last pause ended just before this write. */
	if (last &&
	    start - __atomic_load_n(&f->pause_until, __ATOMIC_RELAXED) < last)
		ns = last < PAUSE_MAX_NS / 2 ? 2 * last : PAUSE_MAX_NS;
	__atomic_store_n(&f->pause, ns, __ATOMIC_RELAXED);
	__atomic_store_n(&f->pause_until, end + ns, __ATOMIC_RELAXED);
}

static int file_try_write(struct file *f, const struct iovec *iov, int n,
			  uint64_t offset)
{
	size_t len = iov_bytes(iov, n);
	int64_t start, end;
	int ret;

	/* The host locks the file: a second writer would wait. */
	if (len > TRY_MAX || (offset | len) % TRY_ALIGN ||
	    __atomic_load_n(&f->writers, __ATOMIC_RELAXED))
		return -EAGAIN;
	start = file_now_ns();
	if (start < __atomic_load_n(&f->pause_until, __ATOMIC_RELAXED))
		return -EAGAIN;
	ret = iov_call_all(f->fd, pwritev, iov, n, offset);
	end = file_now_ns();
	if (end - start > SLOW_NS)
		file_note_slow_write(f, start, end);
	return ret;
}

static ssize_t file_pwritev_cached(int fd, const struct iovec *iov, int n,
				   off_t offset)
{
	return pwritev2(fd, iov, n, offset, RWF_NOWAIT);
}

int file_pwritev_nowait(struct blk *blk, const struct iovec *iov, int n,
			uint64_t offset)
{
	struct file *f = (struct file *)blk;
	int ret;

	if (!file_lacks(f->no_nowait_write)) {
		ret = iov_call_all(f->fd, file_pwritev_cached, iov, n, offset);
		if (!iov_is_nowait_unknown(ret))
			return ret;
		file_note_lack(f->no_nowait_write);
	}
	return file_try_write(f, iov, n, offset);
}

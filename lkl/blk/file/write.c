// SPDX-License-Identifier: GPL-2.0-only
/*
 * write.c - protocol: writing to a regular file or a block device of the
 * host.
 *
 * Not all hosts can be told not to wait: ext4 and block devices refuse
 * RWF_NOWAIT for writes to the page cache.  Small ones are tried there.  To
 * copy some pages takes the host microseconds, less than it takes to hand them
 * to another thread.  But a host that has too much to write back makes writers
 * wait, and so may a file system on a network, which is noticed by the clock:
 * then none are tried for a while, and for twice as long if the next one is
 * slow as well.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <time.h>

#include "file.h"
#include "blk/iov.h"

/* What is tried: more keeps the caller from other work for too long. */
#define TRY_MAX		(16u << 10)
/* Parts of pages may have to be read first. */
#define TRY_ALIGN	4096u
/* Slow: some twenty times what it takes to hand it over. */
#define SLOW_NS		200000
/* How long none are tried then: the caller loses little of its time. */
#define REST_MIN_NS	10000000ll
#define REST_MAX_NS	10000000000ll

static int write_all(struct file *f, file_rw_fn *rw, const struct iovec *iov,
		     int n, uint64_t offset)
{
	struct file_cursor c = { .iov = iov, .n = n };
	ssize_t r;

	file_advance(&c, 0);
	while (c.n) {
		r = file_rw(f->fd, rw, &c, offset);
		if (r < 0)
			return r;
		if (!r)
			return -EIO;
		file_advance(&c, r);
		offset += r;
	}
	return 0;
}

int file_pwritev(struct blk *blk, const struct iovec *iov, int n,
		 uint64_t offset)
{
	struct file *f = (struct file *)blk;
	int ret;

	__atomic_add_fetch(&f->writers, 1, __ATOMIC_RELAXED);
	ret = write_all(f, pwritev, iov, n, offset);
	__atomic_sub_fetch(&f->writers, 1, __ATOMIC_RELAXED);
	return ret;
}

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

static int64_t get(const int64_t *value)
{
	return __atomic_load_n(value, __ATOMIC_RELAXED);
}

static void set(int64_t *value, int64_t to)
{
	__atomic_store_n(value, to, __ATOMIC_RELAXED);
}

/* A write was slow. */
static void rest(struct file *f, int64_t start, int64_t end)
{
	int64_t last = get(&f->rest), ns = REST_MIN_NS;

	/* Again, and soon. */
	if (last && start - get(&f->rest_until) < last)
		ns = last < REST_MAX_NS / 2 ? 2 * last : REST_MAX_NS;
	set(&f->rest, ns);
	set(&f->rest_until, end + ns);
}

static int try_write(struct file *f, const struct iovec *iov, int n,
		     uint64_t offset)
{
	size_t len = iov_bytes(iov, n);
	int64_t start, end;
	int ret;

	/* Where others write it waits for them: the file has a lock. */
	if (len > TRY_MAX || (offset | len) % TRY_ALIGN ||
	    __atomic_load_n(&f->writers, __ATOMIC_RELAXED))
		return -EAGAIN;
	start = now_ns();
	if (start < get(&f->rest_until))
		return -EAGAIN;
	ret = write_all(f, pwritev, iov, n, offset);
	end = now_ns();
	if (end - start > SLOW_NS)
		rest(f, start, end);
	return ret;
}

static ssize_t pwritev_cached(int fd, const struct iovec *iov, int n,
			      off_t offset)
{
	return pwritev2(fd, iov, n, offset, RWF_NOWAIT);
}

int file_pwritev_nowait(struct blk *blk, const struct iovec *iov, int n,
			uint64_t offset)
{
	struct file *f = (struct file *)blk;
	int ret;

	if (!learned(f->no_nowait_write)) {
		ret = write_all(f, pwritev_cached, iov, n, offset);
		if (!file_is_unknown_flag(ret))
			return ret;
		learn(f->no_nowait_write);
	}
	return try_write(f, iov, n, offset);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * file.h - what the parts of the file protocol share.
 */
#ifndef LKL_BLK_FILE_H
#define LKL_BLK_FILE_H

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "blk/blk.h"

/* The most buffers that one system call takes. */
#define FILE_IOV_MAX	1024

struct file {
	struct blk blk;
	int fd;
	bool block_device;
	/* Length when opened or made longer, <= blk.size; atomic. */
	uint64_t end;
	pthread_mutex_t grow_lock;	/* one at a time */
	/*
	 * What the host turned out not to know, so that it is not asked
	 * again.  Set and read by any thread: at worst it is asked twice.
	 */
	bool no_nowait;
	bool no_nowait_write;
	bool no_punch;
	bool no_zero_range;
	/* The first failed flush, see file_flush(). */
	int flush_error;
	/* For write.c; all atomic. */
	unsigned int writers;		/* threads in file_pwritev() */
	int64_t rest, rest_until;	/* ns; 0: there was no slow write */
};

#define learned(flag)	__atomic_load_n(&(flag), __ATOMIC_RELAXED)
#define learn(flag)	__atomic_store_n(&(flag), true, __ATOMIC_RELAXED)

static inline uint64_t file_end(const struct file *f)
{
	return __atomic_load_n(&f->end, __ATOMIC_RELAXED);
}

/* EINVAL: a host kernel that does not know RWF_NOWAIT. */
static inline bool file_is_unknown_flag(ssize_t r)
{
	return r == -EOPNOTSUPP || r == -EINVAL || r == -ENOSYS;
}

/*
 * A position in an array of buffers that is not ours to change: @skip bytes
 * of the first of them are done.
 */
struct file_cursor {
	const struct iovec *iov;
	int n;
	size_t skip;
};

/* Also steps over empty buffers, which would look like an end of file. */
static inline void file_advance(struct file_cursor *c, size_t len)
{
	c->skip += len;
	while (c->n && c->skip >= c->iov->iov_len) {
		c->skip -= c->iov->iov_len;
		c->iov++;
		c->n--;
	}
}

typedef ssize_t file_rw_fn(int fd, const struct iovec *iov, int n, off_t off);

/* One transfer, as much as the host does at once: its length or -errno. */
static inline ssize_t file_rw(int fd, file_rw_fn *rw,
			      const struct file_cursor *c, uint64_t offset)
{
	const struct iovec *iov = c->iov;
	int n = c->n < FILE_IOV_MAX ? c->n : FILE_IOV_MAX;
	struct iovec part;
	ssize_t r;

	if (c->skip) {
		/* The rest of a buffer that a short transfer cut in two. */
		part.iov_base = (char *)iov->iov_base + c->skip;
		part.iov_len = iov->iov_len - c->skip;
		iov = &part;
		n = 1;
	}
	do {
		r = rw(fd, iov, n, offset);
	} while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : r;
}

/* file.c */
extern const struct blk_ops file_ops;

/* write.c */
int file_pwritev(struct blk *blk, const struct iovec *iov, int n,
		 uint64_t offset);
int file_pwritev_nowait(struct blk *blk, const struct iovec *iov, int n,
			uint64_t offset);

#endif /* LKL_BLK_FILE_H */

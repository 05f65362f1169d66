/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * uring.h - reads from files with io_uring.
 */
#ifndef LKL_BLK_URING_H
#define LKL_BLK_URING_H

#include <stdbool.h>
#include <sys/uio.h>
#include <sys/types.h>

#include "blk/blk.h"

struct uring;

/*
 * A read, embedded in the caller's own struct.  It and its buffers belong to
 * the ring from uring_prepare() until @done is called.
 */
struct uring_read {
	/*
	 * @res: the number of bytes read, which may be fewer than requested,
	 * or -errno.  On -EAGAIN the caller reads in another way.  Called by
	 * the ring's thread or by uring_submit(), and must be quick: later
	 * reads wait for it.
	 */
	void (*done)(struct uring_read *read, ssize_t res);
};

/*
 * uring_create - make a ring; NULL if the host has no io_uring or denies it
 *
 * The caller owns it and ends it with uring_destroy().
 */
struct uring *uring_create(void);

/* uring_destroy - end the ring; no read may be in flight */
void uring_destroy(struct uring *ring);

/*
 * uring_prepare - queue a read of @n buffers; uring_submit() starts it
 *
 * Returns false if the ring cannot take the read now.  The caller makes sure
 * that only one thread at a time is in this function and in uring_submit().
 */
bool uring_prepare(struct uring *ring, const struct blk_extent *from,
		   const struct iovec *iov, int n, struct uring_read *read);
void uring_submit(struct uring *ring);

#endif /* LKL_BLK_URING_H */

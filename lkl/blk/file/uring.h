/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * uring.h - reading from files by io_uring.
 */
#ifndef LKL_BLK_URING_H
#define LKL_BLK_URING_H

#include <stdbool.h>
#include <sys/uio.h>
#include <sys/types.h>

#include "blk/blk.h"

struct uring;

/* Embedded in what is to be read; the ring's until @done is called. */
struct uring_read {
	/*
	 * @res: bytes read, which may be fewer than asked for, or -errno;
	 * -EAGAIN: ask in another way.  Called by the ring's thread, which
	 * the next reads wait for, or within uring_submit().
	 */
	void (*done)(struct uring_read *read, ssize_t res);
};

/* uring_create - NULL if the host has no io_uring, or denies it */
struct uring *uring_create(void);

/* uring_destroy - nothing may be in flight */
void uring_destroy(struct uring *ring);

/*
 * uring_prepare - read @n buffers, which remain there until it is done
 *
 * False if the ring cannot take it now.  One thread at a time calls this and
 * uring_submit(), without which nothing need be begun.
 */
bool uring_prepare(struct uring *ring, const struct blk_extent *from,
		   const struct iovec *iov, int n, struct uring_read *read);
void uring_submit(struct uring *ring);

#endif /* LKL_BLK_URING_H */

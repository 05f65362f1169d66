/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * preadv2.h - preadv2() and pwritev2(), also for C libraries without them.
 *
 * musl has them since 1.2.5.
 */
#ifndef LKL_BLK_PREADV2_H
#define LKL_BLK_PREADV2_H

#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "config.h"

#ifndef RWF_NOWAIT
#define RWF_NOWAIT 0x00000008
#endif

#ifndef HAVE_PREADV2
/* On 64-bit hosts the first half of the offset has all of it. */
static inline ssize_t preadv2(int fd, const struct iovec *iov, int n,
			      off_t offset, int flags)
{
	return syscall(SYS_preadv2, fd, iov, (long)n, (long)offset, 0l, flags);
}

static inline ssize_t pwritev2(int fd, const struct iovec *iov, int n,
			       off_t offset, int flags)
{
	return syscall(SYS_pwritev2, fd, iov, (long)n, (long)offset, 0l, flags);
}
#endif

#endif /* LKL_BLK_PREADV2_H */

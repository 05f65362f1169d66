/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * blk.h - an opened image, whatever holds its bytes.
 *
 * A protocol moves bytes (file); a format interprets the bytes of another
 * blk (raw).  This layer knows neither the kernel nor virtio, so that it is
 * tested without booting anything.
 *
 * All operations take offset and length in bytes.  Callers stay within
 * blk->size; blk_preadv() and its kin check that once, here, so that drivers
 * need not.  Operations may be called from several threads at once unless a
 * driver says otherwise.
 */
#ifndef LKL_BLK_H
#define LKL_BLK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "lkl.h"

/* Open flags. */
#define BLK_OPEN_READ_ONLY	0x1u
/* Opened read-only, writable all the same: writes are kept in memory. */
#define BLK_OPEN_COW		0x2u

/*
 * What an opened image can do, blk->caps, as far as is known when it is
 * opened: a host that turns out to be unable makes discard do nothing and
 * write_zeroes write.
 */
#define BLK_CAP_WRITE		0x1u
#define BLK_CAP_DISCARD		0x2u	/* discard frees space in the host */
#define BLK_CAP_WRITE_ZEROES	0x4u	/* zeroing is cheaper than writing */

/* Bounds of blk->sector_size. */
#define BLK_SECTOR_MIN		512u
#define BLK_SECTOR_MAX		4096u

struct blk;

struct blk_ops {
	const char *name;
	/* All of @iov or -errno: drivers retry short transfers themselves. */
	int (*preadv)(struct blk *blk, const struct iovec *iov, int n,
		      uint64_t offset);
	int (*pwritev)(struct blk *blk, const struct iovec *iov, int n,
		       uint64_t offset);
	/* What was written before is on stable storage when it returns 0. */
	int (*flush)(struct blk *blk);
	/* The range reads as anything afterwards: it is a hint. */
	int (*discard)(struct blk *blk, uint64_t offset, uint64_t len);
	/* -EOPNOTSUPP: blk_write_zeroes() writes the zeroes instead. */
	int (*write_zeroes)(struct blk *blk, uint64_t offset, uint64_t len,
			    bool may_unmap);
	/*
	 * Read what the host has at hand without waiting: all of @iov and 0,
	 * or -EAGAIN when that would wait (the caller then asks again where
	 * it may wait).  NULL: preadv is always used.
	 */
	int (*preadv_nowait)(struct blk *blk, const struct iovec *iov, int n,
			     uint64_t offset);
	/* Frees driver state; never fails: flush first to learn of errors. */
	void (*close)(struct blk *blk);
};

/* Drivers embed this as their first member. */
struct blk {
	const struct blk_ops *ops;
	uint64_t size;			/* bytes, multiple of sector_size */
	unsigned int sector_size;	/* logical block, 512 to 4096 */
	/* Preferred block: a power of two, at least sector_size. */
	unsigned int physical_size;
	unsigned int caps;		/* BLK_CAP_... */
};

/*
 * blk_open - open @path with the driver that fits
 * @ret_blk: owned by the caller, ended by blk_close()
 */
int blk_open(const char *path, unsigned int flags, struct blk **ret_blk,
	     struct lkl_error *err);
void blk_close(struct blk *blk);

/*
 * Checked entries: -EINVAL for a bad range, -EROFS without BLK_CAP_WRITE
 * (but there is nothing to flush then), -EOPNOTSUPP for a discard without
 * BLK_CAP_DISCARD.  Zeroes can be written to whatever can be written to.
 */
int blk_preadv(struct blk *blk, const struct iovec *iov, int n,
	       uint64_t offset);
int blk_pwritev(struct blk *blk, const struct iovec *iov, int n,
		uint64_t offset);
int blk_preadv_nowait(struct blk *blk, const struct iovec *iov, int n,
		      uint64_t offset);
int blk_flush(struct blk *blk);
int blk_discard(struct blk *blk, uint64_t offset, uint64_t len);
int blk_write_zeroes(struct blk *blk, uint64_t offset, uint64_t len,
		     bool may_unmap);

/* blk_pread - blk_preadv() of one buffer. */
int blk_pread(struct blk *blk, void *buf, size_t len, uint64_t offset);

/* Protocols and formats: one line each in the arrays of blk.c. */
int file_open(const char *path, unsigned int flags, struct blk **ret_blk,
	      struct lkl_error *err);

/* The filter for BLK_OPEN_COW.  Owns @lower from then on but for failure. */
int cow_open(struct blk *lower, struct blk **ret_blk, struct lkl_error *err);

#endif /* LKL_BLK_H */

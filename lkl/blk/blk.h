/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * blk.h - an opened image, whatever holds its bytes.
 *
 * A protocol moves bytes (file, nbd); a format interprets the bytes of another
 * blk (raw, qcow2); a filter shows another blk in a different way (slice,
 * overlay).
 * This layer knows neither the kernel nor virtio, so that it is tested without
 * booting anything.
 *
 * All operations take offset and length in bytes.  Callers stay within
 * blk->size; blk_preadv() and its kin check that once, here, so that drivers
 * need not.  A blk may be used by several threads at once: drivers lock what
 * they share.
 *
 * Operations are synchronous.  What must not wait asks with the ..._nowait()
 * forms first, and hands the request to another thread or to io_uring (uring.h)
 * where they say -EAGAIN.
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
/* Opened read-only, writable all the same: writes are kept aside and lost. */
#define BLK_OPEN_COW		0x2u
/* Take no locks that would exclude other programs. */
#define BLK_OPEN_NO_LOCK	0x4u
/*
 * Files that the image names (backing files, external data files) may be
 * opened.  Whoever wrote the image chose those names.
 */
#define BLK_OPEN_NAMED_FILES	0x8u

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

/* Bytes of a file of the host, for as long as the blk that gave it is open. */
struct blk_extent {
	int fd;
	uint64_t offset;
	uint64_t len;
};

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
	 * Transfer without waiting for storage, a network, or a lock that is
	 * held while waiting for either: all of @iov and 0, or -EAGAIN when
	 * that would wait (some of it may have been transferred; the caller
	 * then does all of it again where it may wait).  NULL: it would.
	 * A host that cannot tell may be tried, if it takes microseconds as
	 * a rule.
	 */
	int (*preadv_nowait)(struct blk *blk, const struct iovec *iov, int n,
			     uint64_t offset);
	int (*pwritev_nowait)(struct blk *blk, const struct iovec *iov, int n,
			      uint64_t offset);
	/*
	 * Where the bytes at @offset lie as they are: fills @ret_extent with
	 * a place in a file and how many bytes follow there, at most @len, so
	 * that io_uring can read them.  Without waiting; -EAGAIN if that is
	 * not known without, -EOPNOTSUPP if they lie nowhere as they are
	 * (zeroes, compressed).  Only for reading.  NULL: never.
	 */
	int (*map)(struct blk *blk, uint64_t offset, uint64_t len,
		   struct blk_extent *ret_extent);
	/*
	 * Make it at least @size bytes long, which is more than blk->size;
	 * what is new reads as zeroes.  Others use the blk meanwhile.  NULL:
	 * its size is fixed.
	 */
	int (*grow)(struct blk *blk, uint64_t size);
	/*
	 * Say in one sentence what is wrong with the image, if operations
	 * fail for that; false: nothing is known.  NULL: nothing.
	 */
	bool (*explain)(struct blk *blk, struct lkl_error *ret_reason);
	/* Frees driver state; never fails: flush first to learn of errors. */
	void (*close)(struct blk *blk);
};

enum blk_operation { BLK_READ, BLK_WRITE, BLK_FLUSH, BLK_DISCARD, BLK_ZERO };

/* Drivers embed this as their first member. */
struct blk {
	const struct blk_ops *ops;
	/* Bytes, multiple of sector_size.  Atomic: grow makes it larger. */
	uint64_t size;
	unsigned int sector_size;	/* logical block, 512 to 4096 */
	/* Preferred block: a power of two, at least sector_size. */
	unsigned int physical_size;
	unsigned int caps;		/* BLK_CAP_... */
	/*
	 * The first failure, -errno and enum blk_operation, as one number that
	 * is set once; 0: none.  See blk_failure().
	 */
	uint64_t failure;
};

/* How an image is to be opened; all zero: for writing, its format probed. */
struct blk_options {
	unsigned int flags;	/* BLK_OPEN_... */
	/*
	 * Name of the format; NULL: probed, as raw or qcow2.  A user who
	 * names the format vouches for the image, as BLK_OPEN_NAMED_FILES
	 * does.  A probed one may have been forged by whoever could write
	 * into it, and opens no other file without that flag.
	 */
	const char *format;
	/* The part of it that is shown, in bytes; length 0: to its end. */
	uint64_t offset;
	uint64_t length;
};

/*
 * Where an image comes from, for formats that open other files: the chain of
 * images from this one to the one that the user named.
 */
struct blk_origin {
	const char *path;		/* as blk_open() takes it */
	unsigned int flags;		/* BLK_OPEN_... */
	const struct blk_origin *named_by;	/* NULL: the user */
};

/* Images in a chain: more is a mistake, or an attack on file descriptors. */
#define BLK_CHAIN_MAX	64u

/*
 * blk_open - open @path, with the protocol that its prefix names (default
 * file), as @options say (NULL: all zero)
 * @ret_blk: owned by the caller, ended by blk_close()
 */
int blk_open(const char *path, const struct blk_options *options,
	     struct blk **ret_blk, struct lkl_error *err);

/*
 * blk_open_named - open a file that an image names
 * @from: the image
 * @name: relative to the directory of @from's path unless absolute or a URI
 * @format: as the image says; NULL: probed among raw and qcow2, and then the
 *	file opens no others unless the user set BLK_OPEN_NAMED_FILES
 * @flags: BLK_OPEN_READ_ONLY or 0; BLK_OPEN_NO_LOCK comes from @from
 *
 * -EPERM, naming the option that allows it, without BLK_OPEN_NAMED_FILES in
 * @from's flags; -ELOOP for a file that is in the chain already, or for more
 * than BLK_CHAIN_MAX.
 */
int blk_open_named(const struct blk_origin *from, const char *name,
		   const char *format, unsigned int flags,
		   struct blk **ret_blk, struct lkl_error *err);

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
int blk_pwritev_nowait(struct blk *blk, const struct iovec *iov, int n,
		       uint64_t offset);
int blk_map(struct blk *blk, uint64_t offset, uint64_t len,
	    struct blk_extent *ret_extent);
int blk_flush(struct blk *blk);
int blk_discard(struct blk *blk, uint64_t offset, uint64_t len);
int blk_write_zeroes(struct blk *blk, uint64_t offset, uint64_t len,
		     bool may_unmap);

/*
 * blk_grow - make it at least @size bytes long, for formats that allocate
 *
 * 0 if it is already; -ENOSPC if it cannot grow.
 */
int blk_grow(struct blk *blk, uint64_t size);

/*
 * blk_failure - the error with which the first operation failed, or 0
 * @ret_operation: set if one failed
 *
 * Whoever uses a file system learns of it, if at all, as EIO.
 */
int blk_failure(const struct blk *blk, enum blk_operation *ret_operation);

/* blk_explain - what is wrong with the image, for those who know of a failure */
bool blk_explain(struct blk *blk, struct lkl_error *ret_reason);

/* blk_note_failure - @operation, done by other means, failed with @err */
void blk_note_failure(struct blk *blk, enum blk_operation operation, int err);

/* blk_pread, blk_pwrite - the same for one buffer. */
int blk_pread(struct blk *blk, void *buf, size_t len, uint64_t offset);
int blk_pwrite(struct blk *blk, const void *buf, size_t len, uint64_t offset);

/*
 * Protocols and formats: one line each in the arrays of blk.c.
 *
 * A protocol opens what @path names; @flags are BLK_OPEN_READ_ONLY and
 * BLK_OPEN_NO_LOCK.  A format is given the opened @inner, which it owns from
 * then on but for failure, when it remains its caller's.  It finds in
 * @origin->flags whether it is opened for writing.
 */
typedef int blk_protocol_fn(const char *path, unsigned int flags,
			    struct blk **ret_blk, struct lkl_error *err);
typedef int blk_format_fn(struct blk *inner, const struct blk_origin *origin,
			  struct blk **ret_blk, struct lkl_error *err);

blk_protocol_fn file_open, nbd_open;
blk_format_fn qcow2_open;

/* Whether it begins as a qcow2 image does: @head are its first @len bytes. */
bool qcow2_probe(const void *head, size_t len);

/*
 * foreign_open - open @path, of a format that is not ours but QEMU's, through
 * an NBD server of QEMU's that is started for it and ended with the blk
 */
int foreign_open(const char *path, const char *format, unsigned int flags,
		 struct blk **ret_blk, struct lkl_error *err);

/*
 * slice_open - show @len bytes of @lower from @offset on; 0: all that follow
 *
 * Owns @lower from then on but for failure.
 */
int slice_open(struct blk *lower, uint64_t offset, uint64_t len,
	       struct blk **ret_blk, struct lkl_error *err);

/* The filter for BLK_OPEN_COW.  Owns @lower from then on but for failure. */
int overlay_open(struct blk *lower, struct blk **ret_blk,
		 struct lkl_error *err);

#endif /* LKL_BLK_H */

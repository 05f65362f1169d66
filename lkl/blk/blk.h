/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * blk.h - struct blk, an opened image.
 *
 * There are three kinds of drivers.  A protocol moves bytes (file, nbd).  A
 * format interprets the bytes of another blk (raw, qcow2).  A filter shows
 * another blk in a different way (slice, overlay).  This layer knows neither
 * the kernel nor virtio, so tests need not boot anything.
 *
 * Offsets and lengths are in bytes.  blk_preadv() and the other functions here
 * check every request against blk->size, so drivers need not.  Several threads
 * may use a blk at once: each driver locks its own state.
 *
 * Operations are synchronous.  Callers that must not block use the
 * ..._nowait() variants.  If those return -EAGAIN, the caller hands the
 * request to another thread or to io_uring (file/uring.h).
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
/*
 * Open the image read-only and keep writes in an overlay, which is lost when
 * the image is closed.
 */
#define BLK_OPEN_COW		0x2u
/* Take no locks, so that other programs may use the image. */
#define BLK_OPEN_NO_LOCK	0x4u
/*
 * Open files that the image names: backing files and external data files.
 * The author of the image chose those names.
 */
#define BLK_OPEN_NAMED_FILES	0x8u
/*
 * A flush does not wait until the data of a file are on stable storage.  After
 * a crash of the host the image may be anything.
 */
#define BLK_OPEN_NO_FLUSH	0x20u

/* Count what is fetched from another host, for blk_source_protocol(). */
#define BLK_OPEN_COUNT		0x40u

/* A descriptor has the passphrase of the image: for the format qcow2-luks. */
#define BLK_OPEN_KEY		0x80u

/*
 * Capabilities of an opened image, in blk->caps.  They are set when the image
 * is opened.  If the host turns out later not to support an operation, discard
 * does nothing and write_zeroes writes zeroes.
 */
#define BLK_CAP_WRITE		0x1u
#define BLK_CAP_DISCARD		0x2u	/* discard frees space in the host */
#define BLK_CAP_WRITE_ZEROES	0x4u	/* zeroing is cheaper than writing */

/* Bounds of blk->sector_size. */
#define BLK_SECTOR_MIN		512u
#define BLK_SECTOR_MAX		4096u

struct blk;

/* A range of a host file.  @fd belongs to the blk, which must stay open. */
struct blk_extent {
	int fd;
	uint64_t offset;
	uint64_t len;
};

struct blk_ops {
	const char *name;
	/*
	 * Transfer all of @iov and return 0, or return -errno.  Drivers
	 * retry short transfers.
	 */
	int (*preadv)(struct blk *blk, const struct iovec *iov, int n,
		      uint64_t offset);
	int (*pwritev)(struct blk *blk, const struct iovec *iov, int n,
		       uint64_t offset);
	/* If this returns 0, all earlier writes are on stable storage. */
	int (*flush)(struct blk *blk);
	/* A hint.  The range has undefined contents afterwards. */
	int (*discard)(struct blk *blk, uint64_t offset, uint64_t len);
	/* If this returns -EOPNOTSUPP, blk_write_zeroes() writes zeroes. */
	int (*write_zeroes)(struct blk *blk, uint64_t offset, uint64_t len,
			    bool may_unmap);
	/*
	 * Transfer all of @iov and return 0, without waiting for storage, a
	 * network, or a lock whose holder may wait for them.  Return -EAGAIN
	 * if the transfer would wait.  Part of it may be done then; the caller
	 * repeats all of it.  If the host cannot tell whether it would wait,
	 * the driver may try, provided that it takes microseconds as a rule.
	 * NULL is the same as always -EAGAIN.
	 */
	int (*preadv_nowait)(struct blk *blk, const struct iovec *iov, int n,
			     uint64_t offset);
	int (*pwritev_nowait)(struct blk *blk, const struct iovec *iov, int n,
			      uint64_t offset);
	/*
	 * Find the bytes at @offset in a host file, so that io_uring can read
	 * them.  Fills @ret_extent with a range of at most @len bytes.  Does
	 * not wait: -EAGAIN if it would have to.  -EOPNOTSUPP if no file
	 * holds the bytes as they are (zeroes, compressed clusters).  The
	 * range is for reading only.  NULL is the same as -EOPNOTSUPP.
	 */
	int (*map)(struct blk *blk, uint64_t offset, uint64_t len,
		   struct blk_extent *ret_extent);
	/*
	 * Make the blk at least @size bytes long; @size is more than
	 * blk->size.  New bytes read as zeroes.  Other threads may use the
	 * blk meanwhile.  NULL: the size is fixed.
	 */
	int (*grow)(struct blk *blk, uint64_t size);
	/*
	 * If operations fail because the image is damaged, describe the
	 * damage in one sentence and return true.  NULL: never.
	 */
	bool (*explain)(struct blk *blk, struct lkl_error *ret_reason);
	/* Bytes that were fetched from another host; NULL or -ENODATA: unknown. */
	int (*fetched)(struct blk *blk, uint64_t *ret_bytes);
	/*
	 * Free the driver's state.  Flush first to see errors: this fails only
	 * if a server that wrote the image failed at its end.
	 */
	int (*close)(struct blk *blk);
};

enum blk_operation { BLK_READ, BLK_WRITE, BLK_FLUSH, BLK_DISCARD, BLK_ZERO };

/* Drivers embed this as their first member. */
struct blk {
	const struct blk_ops *ops;
	/* Bytes; a multiple of sector_size.  Atomic, as grow changes it. */
	uint64_t size;
	unsigned int sector_size;	/* logical block, 512 to 4096 */
	/* Preferred block: a power of two, at least sector_size. */
	unsigned int physical_size;
	/*
	 * Bytes of a request that is worth a round trip to another host; the
	 * kernel reads ahead twice as much.  0: there is none.
	 */
	unsigned int optimal_size;
	unsigned int caps;		/* BLK_CAP_... */
	/*
	 * One sentence that the user should read before the image is written
	 * to, or NULL.  Belongs to the driver.
	 */
	const char *warning;
	/*
	 * The first failure: its errno and enum blk_operation in one number,
	 * which is set once with a compare-and-swap.  0: none.  Read it with
	 * blk_failure().
	 */
	uint64_t failure;
};

/*
 * Opens files that an image names, for a process that cannot.  @open returns a
 * descriptor as file_open_descriptor() does, or -errno.
 */
struct blk_opener {
	int (*open)(void *opaque, const char *path, unsigned int flags,
		    struct lkl_error *err);
	void *opaque;
};

/* How to open an image.  All zero: for writing, with its format probed. */
struct blk_options {
	unsigned int flags;	/* BLK_OPEN_... */
	/*
	 * Name of the format.  NULL: probe for raw and qcow2.  An image opens
	 * no other file without BLK_OPEN_NAMED_FILES, whether its format is
	 * named or probed.
	 */
	const char *format;
	/* The part of the image to show, in bytes.  Length 0: to the end. */
	uint64_t offset;
	uint64_t length;
	/*
	 * Show an internal snapshot of a qcow2 image, by name or id; NULL: the
	 * image itself.  It can only be read.
	 */
	const char *snapshot;
	/* For blk_source_parse(); NULL: it opens files itself. */
	const struct blk_opener *opener;
	int key;		/* with BLK_OPEN_KEY; only the first step reads it */
};

/*
 * How an image came to be opened, for formats that open other files: the chain
 * of images from this one to the one that the user named.  All of it belongs
 * to the caller of the open function and is valid until that returns.
 */
struct blk_origin {
	const char *path;		/* as for blk_open() */
	unsigned int flags;		/* BLK_OPEN_... */
	const char *snapshot;		/* an internal one to show, or NULL */
	const struct blk_origin *named_by;	/* NULL: the user */
	const struct blk_opener *opener;	/* NULL: none */
	int key;			/* with BLK_OPEN_KEY */
};

/* A longer chain of images is a mistake, or meant to use up descriptors. */
#define BLK_CHAIN_MAX	64u

/*
 * blk_open - open an image
 * @path: its prefix selects the protocol, by default file
 * @options: NULL is the same as all zero
 * @ret_blk: the caller owns it and ends it with blk_close()
 */
int blk_open(const char *path, const struct blk_options *options,
	     struct blk **ret_blk, struct lkl_error *err);

/*
 * blk_source_open, blk_source_parse - the two steps of blk_open()
 * @options: copied, but not the strings in it, which must stay valid, as @path
 * @ret_source: the caller ends it with blk_source_parse() or blk_source_close()
 *
 * The first step opens and locks a file, or connects to a server, and reads
 * nothing of the image.  The second one does all that interprets bytes of the
 * image, and so happens in a sandbox.  It needs the host's files only if the
 * image may open other files.  It ends @source even if it fails.
 *
 * The first step also does all of the work for formats that QEMU serves.
 */
struct blk_source;
int blk_source_open(const char *path, const struct blk_options *options,
		    struct blk_source **ret_source, struct lkl_error *err);
int blk_source_parse(struct blk_source *source, struct blk **ret_blk,
		     struct lkl_error *err);
void blk_source_close(struct blk_source *source);

/*
 * blk_source_protocol - the blk that moves the bytes of the image
 *
 * Belongs to @source, and then to what blk_source_parse() returns.
 */
struct blk *blk_source_protocol(const struct blk_source *source);

/* blk_is_remote - whether a path is that of an image on another host */
bool blk_is_remote(const char *path);

/* blk_fetched - bytes that a protocol got from another host; -ENODATA: unknown */
int blk_fetched(struct blk *blk, uint64_t *ret_bytes);

/*
 * blk_open_named - open a file that an image names
 * @from: the image
 * @name: relative to the directory of @from's path unless absolute or a URI
 * @format: the format that the image gives.  NULL: probe for raw and qcow2
 * @flags: BLK_OPEN_READ_ONLY or 0; BLK_OPEN_NO_LOCK comes from @from
 * @ret_blk: the caller owns it
 *
 * Returns -EPERM if @from may not open other files; the message names the
 * option that allows it.  Returns -ELOOP if the file is in the chain already
 * or the chain is longer than BLK_CHAIN_MAX.
 */
int blk_open_named(const struct blk_origin *from, const char *name,
		   const char *format, unsigned int flags,
		   struct blk **ret_blk, struct lkl_error *err);

/*
 * blk_close - end @blk, which may be NULL, and all that it owns
 *
 * Returns -errno if data may be missing from the image all the same: the server
 * that wrote it failed at its end.
 */
int blk_close(struct blk *blk);

/*
 * The operations, with checks: -EINVAL for a range outside of the image,
 * -EROFS without BLK_CAP_WRITE (a flush does nothing then), -EOPNOTSUPP for a
 * discard without BLK_CAP_DISCARD.  blk_write_zeroes() works on every image
 * that can be written to.  Buffers belong to the caller.
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
 * blk_grow - make @blk at least @size bytes long, for formats that allocate
 *
 * Returns -ENOSPC if it cannot grow.
 */
int blk_grow(struct blk *blk, uint64_t size);

/*
 * blk_failure - the -errno of the first operation that failed, or 0
 * @ret_operation: set if one failed
 *
 * The user of a file system sees EIO at most, so tools report this as well.
 */
int blk_failure(const struct blk *blk, enum blk_operation *ret_operation);

/* blk_explain - describe the damage that made an operation fail, if known */
bool blk_explain(struct blk *blk, struct lkl_error *ret_reason);

/* blk_note_failure - record the failure of an operation that io_uring did */
void blk_note_failure(struct blk *blk, enum blk_operation operation, int err);

static inline bool blk_is_power_of_two(uint64_t n)
{
	return n && !(n & (n - 1));
}

/* blk_pread, blk_pwrite - read or write one buffer */
int blk_pread(struct blk *blk, void *buf, size_t len, uint64_t offset);
int blk_pwrite(struct blk *blk, const void *buf, size_t len, uint64_t offset);

/*
 * Protocols and formats.  Each has one line in an array of blk.c.
 *
 * A protocol opens @path; @flags are BLK_OPEN_READ_ONLY, BLK_OPEN_NO_LOCK and
 * BLK_OPEN_NO_FLUSH.
 * A format gets the opened @inner and owns it if it succeeds.  If it fails,
 * the caller still owns @inner.  @origin->flags tell whether to open for
 * writing.
 */
typedef int blk_protocol_fn(const char *path, unsigned int flags,
			    struct blk **ret_blk, struct lkl_error *err);
typedef int blk_format_fn(struct blk *inner, const struct blk_origin *origin,
			  struct blk **ret_blk, struct lkl_error *err);

blk_protocol_fn file_open, nbd_open, nbdkit_open_remote;

/*
 * file_open_descriptor, file_use_descriptor - the two steps of file_open()
 *
 * The first one opens a file and returns a descriptor or -errno.  The second
 * one locks it; it owns @fd, even if it fails.
 */
int file_open_descriptor(const char *path, unsigned int flags,
			 struct lkl_error *err);
int file_use_descriptor(int fd, unsigned int flags, struct blk **ret_blk,
			struct lkl_error *err);

blk_format_fn qcow2_open;

/*
 * qcow2_create - make an empty image of this size, in bytes, in a file
 *
 * Replaces the content of @fd, which is open for writing.
 */
int qcow2_create(int fd, uint64_t size, struct lkl_error *err);

/* Whether an image is qcow2.  @head has its first @len bytes. */
bool qcow2_probe(const void *head, size_t len);

/* qcow2 that is encrypted with LUKS. */
#define QEMU_NBD_ENCRYPTED "qcow2-luks"

/*
 * qemu_nbd_open - open an image whose format only QEMU knows
 *
 * @key: with BLK_OPEN_KEY: a descriptor of the passphrase
 *
 * Starts a qemu-nbd process for the image, which ends with the blk.
 */
int qemu_nbd_open(const char *path, const char *format, unsigned int flags, int key,
		  struct blk **ret_blk, struct lkl_error *err);

/*
 * nbdkit_open_compressed - open a raw image that is compressed
 * @format: one that nbdkit_knows(): "xz", "gz"
 *
 * The image is a file, or on another host.  Starts an nbdkit process, which ends
 * with the blk.  -EROFS without BLK_OPEN_READ_ONLY.
 */
int nbdkit_open_compressed(const char *path, const char *format,
			   unsigned int flags, struct blk **ret_blk,
			   struct lkl_error *err);
bool nbdkit_knows(const char *format);

/*
 * zst_open - open a raw image that is compressed with zstd
 *
 * Has the program zstd decompress the file first, and waits for that.  -EROFS
 * without BLK_OPEN_READ_ONLY.
 */
blk_protocol_fn zst_open;

/*
 * slice_open - show a part of @lower: @len bytes at @offset
 * @len: 0 for all bytes from @offset on
 *
 * The new blk owns @lower.  If this fails, the caller still owns it.
 */
int slice_open(struct blk *lower, uint64_t offset, uint64_t len,
	       struct blk **ret_blk, struct lkl_error *err);

/*
 * Temporary files for an overlay, opened before its size is known, as the
 * process may be in a sandbox later.  -1: none.
 */
struct overlay_files {
	int fds[3];
};

#define OVERLAY_NO_FILES { { -1, -1, -1 } }

void overlay_files_open(struct overlay_files *files);
void overlay_files_close(struct overlay_files *files);

/*
 * overlay_open - the filter for BLK_OPEN_COW: keep writes to @lower aside
 * @files: those that the overlay takes are -1 afterwards
 *
 * The new blk owns @lower.  If this fails, the caller still owns it.
 */
int overlay_open(struct blk *lower, struct overlay_files *files,
		 struct blk **ret_blk, struct lkl_error *err);

#endif /* LKL_BLK_H */

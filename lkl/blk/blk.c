// SPDX-License-Identifier: GPL-2.0-only
/*
 * blk.c - opens images, and checks requests before the drivers get them.
 *
 * This file only knows the drivers' names; nbdkit/ and zst/ open compressed images,
 * and qemu-nbd/ all formats that have no driver here.  Anybody who can write into an
 * image can turn it into another format.  So probing recognises raw and qcow2 only, and a qcow2 image
 * opens no file that it names unless the user allows it.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "blk.h"
#include "error.h"

/* The buffers of one write by blk_write_zeroes(). */
#define ZERO_BUFFER	(64u << 10)
#define ZERO_IOVECS	16u

/* The bytes of an image that probing reads. */
#define PROBE_BYTES	512u

struct blk_protocol {
	const char *name;
	const char *prefix;	/* of its paths; "" fits all */
	blk_protocol_fn *open;
};

struct blk_format {
	const char *name;
	bool (*probe)(const void *head, size_t len);	/* NULL: never */
	blk_format_fn *open;
};

/* Raw bytes need no interpretation, so there is no driver for them. */
static int blk_open_raw(struct blk *inner, const struct blk_origin *origin,
			struct blk **ret_blk, struct lkl_error *err)
{
	(void)origin;
	(void)err;
	*ret_blk = inner;
	return 0;
}

/* The first one whose prefix fits is used, so the empty prefix comes last. */
static const struct blk_protocol protocols[] = {
	{ "nbd", "nbd://", nbd_open },
	{ "nbd", "nbd+unix://", nbd_open },
	{ "nbd", "nbds://", nbd_open },
	{ "nbd", "nbds+unix://", nbd_open },
	{ "nbdkit", "http://", nbdkit_open_remote },
	{ "nbdkit", "https://", nbdkit_open_remote },
	{ "nbdkit", "ssh://", nbdkit_open_remote },
	{ "nbdkit", "s3://", nbdkit_open_remote },
	{ "file", "", file_open },
};

/* An image that no probe function recognises is raw. */
static const struct blk_format formats[] = {
	{ "raw", NULL, blk_open_raw },
	{ "qcow2", qcow2_probe, qcow2_open },
};

/* Put @path before the message; if both do not fit, shorten the path. */
static void blk_prefix_path(struct lkl_error *err, const char *path)
{
	struct lkl_error reason;
	const char *dots = "";
	size_t len, room;

	if (!err)
		return;
	reason = *err;
	reason.text[sizeof(reason.text) / 2] = '\0';
	room = sizeof(err->text) - sizeof("...: ") - strlen(reason.text);
	len = strlen(path);
	if (len > room) {
		dots = "...";
		path += len - room;
	}
	lkl_fail(err, 0, "%s%s: %s", dots, path, reason.text);
}

static const struct blk_protocol *blk_find_protocol(const char *path)
{
	const struct blk_protocol *p = protocols;

	while (strncmp(path, p->prefix, strlen(p->prefix)))
		p++;
	return p;
}

bool blk_is_remote(const char *path)
{
	return blk_find_protocol(path)->prefix[0];
}

static const struct blk_format *blk_find_format(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (!strcmp(formats[i].name, name))
			return &formats[i];
	return NULL;
}

static int blk_probe_format(struct blk *blk,
			    const struct blk_format **ret_format,
			    struct lkl_error *err)
{
	unsigned char head[PROBE_BYTES] = { 0 };
	size_t len = sizeof(head), i;
	int ret;

	if (blk->size < len)
		len = blk->size;
	ret = blk_pread(blk, head, len, 0);
	if (ret)
		return lkl_fail(err, ret, "cannot read its first sector: %s",
				strerror(-ret));
	*ret_format = &formats[0];
	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (formats[i].probe && formats[i].probe(head, len))
			*ret_format = &formats[i];
	return 0;
}

static int blk_no_snapshots(const char *format, struct lkl_error *err)
{
	return lkl_fail(err, -ENOTSUP,
			"format %s: internal snapshots are only supported for qcow2",
			format);
}

/* For a process that cannot open files itself.  It cannot connect, either. */
static int blk_open_by_opener(const struct blk_origin *origin,
			      unsigned int flags, struct blk **ret_inner,
			      struct lkl_error *err)
{
	int fd;

	if (blk_find_protocol(origin->path)->open != file_open)
		return lkl_fail(err, -EPERM,
				"named by an image, it is opened only with --sandbox=none");
	fd = origin->opener->open(origin->opener->opaque, origin->path, flags,
				  err);
	return fd < 0 ? fd : file_use_descriptor(fd, flags, ret_inner, err);
}

/*
 * Open the protocol.  *@ret_format is NULL if it has to be probed.  QEMU's
 * formats are raw bytes once its server runs.
 */
static int blk_open_inner(const struct blk_origin *origin,
			  const char *format_name,
			  const struct blk_format **ret_format,
			  struct blk **ret_inner, struct lkl_error *err)
{
	const unsigned int flags = origin->flags & (BLK_OPEN_READ_ONLY |
						    BLK_OPEN_NO_LOCK |
						    BLK_OPEN_NO_FLUSH |
						    BLK_OPEN_COUNT |
						    BLK_OPEN_KEY);
	const unsigned int named = origin->flags & BLK_OPEN_NAMED_FILES;

	if (flags & BLK_OPEN_KEY && (!format_name ||
				     strcmp(format_name, QEMU_NBD_ENCRYPTED)))
		return lkl_fail(err, -EINVAL,
				"only images of the format " QEMU_NBD_ENCRYPTED
				" take a key");
	*ret_format = format_name ? blk_find_format(format_name) : NULL;
	if (origin->named_by && origin->opener && (*ret_format || !format_name))
		return blk_open_by_opener(origin, flags, ret_inner, err);
	if (*ret_format || !format_name)
		return blk_find_protocol(origin->path)
			->open(origin->path, flags, ret_inner, err);
	if (origin->snapshot)
		return blk_no_snapshots(format_name, err);
	if (origin->named_by && origin->opener)
		return lkl_fail(err, -EPERM,
				"format %.64s of an image that another one names: it is opened only with --sandbox=none",
				format_name);
	*ret_format = &formats[0];
	if (nbdkit_knows(format_name))
		return nbdkit_open_compressed(origin->path, format_name, flags,
					      ret_inner, err);
	if (!strcmp(format_name, "zst"))
		return zst_open(origin->path, flags, ret_inner, err);
	return qemu_nbd_open(origin->path, format_name, flags | named,
			     origin->key, ret_inner, err);
}

/* Open the format; ends @inner if that fails. */
static int blk_open_format(struct blk *inner, const struct blk_format *format,
			   const struct blk_origin *origin,
			   struct blk **ret_blk, struct lkl_error *err)
{
	int ret = format ? 0 : blk_probe_format(inner, &format, err);

	if (!ret && origin->snapshot && format->open != qcow2_open)
		ret = blk_no_snapshots(format->name, err);
	if (!ret)
		ret = format->open(inner, origin, ret_blk, err);
	if (ret)
		blk_close(inner);
	return ret;
}

struct blk_source {
	struct blk_options options;
	struct blk_origin origin;
	const struct blk_format *format;	/* NULL: to be probed */
	struct blk *inner;
	struct overlay_files files;
};

void blk_source_close(struct blk_source *source)
{
	if (!source)
		return;
	blk_close(source->inner);
	overlay_files_close(&source->files);
	free(source);
}

int blk_source_open(const char *path, const struct blk_options *options,
		    struct blk_source **ret_source, struct lkl_error *err)
{
	static const struct blk_options defaults;
	const unsigned int known = BLK_OPEN_READ_ONLY | BLK_OPEN_COW |
				   BLK_OPEN_NO_LOCK | BLK_OPEN_NAMED_FILES |
				   BLK_OPEN_NO_FLUSH | BLK_OPEN_COUNT |
				   BLK_OPEN_KEY;
	struct blk_source *source;
	int ret;

	if (!options)
		options = &defaults;
	if (options->flags & ~known)
		return lkl_fail(err, -EINVAL, "unknown open flags 0x%x",
				options->flags);
	source = malloc(sizeof(*source));
	if (!source)
		return lkl_fail(err, -ENOMEM, "out of memory");
	*source = (struct blk_source){
		.options = *options,
		.origin = {
			.path = path, .flags = options->flags,
			.snapshot = options->snapshot,
			.opener = options->opener,
			.key = options->key,
		},
		.files = OVERLAY_NO_FILES,
	};
	if (options->flags & BLK_OPEN_COW)
		source->origin.flags |= BLK_OPEN_READ_ONLY;
	if (options->snapshot && !(source->origin.flags & BLK_OPEN_READ_ONLY))
		ret = lkl_fail(err, -EROFS,
			       "an internal snapshot can only be read");
	else
		ret = blk_open_inner(&source->origin, options->format,
				     &source->format, &source->inner, err);
	if (ret) {
		blk_prefix_path(err, path);
		free(source);
		return ret;
	}
	if (options->flags & BLK_OPEN_COW)
		overlay_files_open(&source->files);
	*ret_source = source;
	return 0;
}

struct blk *blk_source_protocol(const struct blk_source *source)
{
	return source->inner;
}

int blk_source_parse(struct blk_source *source, struct blk **ret_blk,
		     struct lkl_error *err)
{
	const struct blk_options *options = &source->options;
	unsigned int optimal_size = source->inner->optimal_size;
	struct blk *blk = NULL, *upper;
	int ret;

	ret = blk_open_format(source->inner, source->format, &source->origin,
			      &blk, err);
	source->inner = NULL;
	if (!ret && (options->offset || options->length)) {
		ret = slice_open(blk, options->offset, options->length,
				 &upper, err);
		blk = ret ? blk : upper;
	}
	if (!ret && options->flags & BLK_OPEN_COW) {
		ret = overlay_open(blk, &source->files, &upper, err);
		blk = ret ? blk : upper;
	}
	if (ret) {
		blk_close(blk);
		blk_prefix_path(err, source->origin.path);
	} else {
		blk->optimal_size = optimal_size;
		*ret_blk = blk;
	}
	blk_source_close(source);
	return ret;
}

int blk_open(const char *path, const struct blk_options *options,
	     struct blk **ret_blk, struct lkl_error *err)
{
	struct blk_source *source;
	int ret = blk_source_open(path, options, &source, err);

	return ret ? ret : blk_source_parse(source, ret_blk, err);
}

/* The path of @name, relative to the image at @from; the caller frees it. */
static char *blk_resolve_name(const char *from, const char *name)
{
	const char *slash = strrchr(from, '/');
	char *path;

	/* Only files have a directory. */
	if (name[0] == '/' || blk_find_protocol(name)->prefix[0] ||
	    blk_find_protocol(from)->prefix[0] || !slash)
		return strdup(name);
	if (asprintf(&path, "%.*s/%s", (int)(slash - from), from, name) < 0)
		return NULL;
	return path;
}

static bool blk_is_same_image(const char *a, const char *b)
{
	struct stat sa, sb;

	if (blk_find_protocol(a) != blk_find_protocol(b))
		return false;
	if (blk_find_protocol(a)->prefix[0] || stat(a, &sa) || stat(b, &sb))
		return !strcmp(a, b);
	return sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

int blk_open_named(const struct blk_origin *from, const char *name,
		   const char *format, unsigned int flags,
		   struct blk **ret_blk, struct lkl_error *err)
{
	const unsigned int inherited = BLK_OPEN_NO_LOCK | BLK_OPEN_NAMED_FILES |
				       BLK_OPEN_NO_FLUSH;
	struct blk_origin origin = {
		.flags = flags | (from->flags & inherited),
		.named_by = from,
		.opener = from->opener,
	};
	const struct blk_format *found;
	const struct blk_origin *o;
	unsigned int depth = 0;
	struct blk *inner;
	char *path;
	int ret;

	if (!(from->flags & BLK_OPEN_NAMED_FILES))
		return lkl_fail(err, -EPERM,
				"names another file, %.128s, which is opened only with --allow-backing",
				name);
	path = blk_resolve_name(from->path, name);
	if (!path)
		return lkl_fail(err, -ENOMEM, "out of memory");
	origin.path = path;
	for (o = from; o; o = o->named_by) {
		if (++depth >= BLK_CHAIN_MAX) {
			ret = lkl_fail(err, -ELOOP,
				       "more than %u images in the chain",
				       BLK_CHAIN_MAX);
			goto out;
		}
		if (blk_is_same_image(o->path, path)) {
			ret = lkl_fail(err, -ELOOP,
				       "is in its own chain of images");
			goto out;
		}
	}
	ret = blk_open_inner(&origin, format, &found, &inner, err);
	if (!ret)
		ret = blk_open_format(inner, found, &origin, ret_blk, err);
out:
	if (ret)
		blk_prefix_path(err, path);
	free(path);
	return ret;
}

int blk_close(struct blk *blk)
{
	return blk ? blk->ops->close(blk) : 0;
}

static int blk_check_range(const struct blk *blk, uint64_t offset, uint64_t len)
{
	uint64_t size = __atomic_load_n(&blk->size, __ATOMIC_RELAXED);

	if (len > size || offset > size - len)
		return -EINVAL;
	return 0;
}

static int blk_check_iov(const struct blk *blk, const struct iovec *iov, int n,
			 uint64_t offset)
{
	uint64_t len = 0;
	int i;

	if (n < 0)
		return -EINVAL;
	for (i = 0; i < n; i++)
		if (__builtin_add_overflow(len, iov[i].iov_len, &len))
			return -EINVAL;
	return blk_check_range(blk, offset, len);
}

/* Bad requests and unsupported operations are not failures of the storage. */
static bool blk_is_storage_failure(int err)
{
	return err && err != -EINVAL && err != -EAGAIN && err != -EOPNOTSUPP &&
	       err != -EROFS;
}

void blk_note_failure(struct blk *blk, enum blk_operation operation, int err)
{
	uint64_t none = 0, failure = (uint64_t)operation << 32 | (uint32_t)-err;

	__atomic_compare_exchange_n(&blk->failure, &none, failure, false,
				    __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

int blk_failure(const struct blk *blk, enum blk_operation *ret_operation)
{
	uint64_t failure = __atomic_load_n(&blk->failure, __ATOMIC_RELAXED);

	if (failure)
		*ret_operation = failure >> 32;
	return -(int)(uint32_t)failure;
}

bool blk_explain(struct blk *blk, struct lkl_error *ret_reason)
{
	return blk->ops->explain && blk->ops->explain(blk, ret_reason);
}

int blk_fetched(struct blk *blk, uint64_t *ret_bytes)
{
	return blk->ops->fetched ? blk->ops->fetched(blk, ret_bytes) : -ENODATA;
}

static int blk_noting_failure(struct blk *blk, enum blk_operation operation,
			      int err)
{
	if (__builtin_expect(blk_is_storage_failure(err), 0))
		blk_note_failure(blk, operation, err);
	return err;
}

int blk_preadv(struct blk *blk, const struct iovec *iov, int n,
	       uint64_t offset)
{
	int ret = blk_check_iov(blk, iov, n, offset);

	if (ret)
		return ret;
	return blk_noting_failure(blk, BLK_READ,
				  blk->ops->preadv(blk, iov, n, offset));
}

int blk_preadv_nowait(struct blk *blk, const struct iovec *iov, int n,
		      uint64_t offset)
{
	int ret = blk_check_iov(blk, iov, n, offset);

	if (ret)
		return ret;
	if (!blk->ops->preadv_nowait)
		return -EAGAIN;
	return blk_noting_failure(blk, BLK_READ,
				  blk->ops->preadv_nowait(blk, iov, n, offset));
}

int blk_pwritev_nowait(struct blk *blk, const struct iovec *iov, int n,
		       uint64_t offset)
{
	int ret = blk_check_iov(blk, iov, n, offset);

	if (ret)
		return ret;
	if (!(blk->caps & BLK_CAP_WRITE))
		return -EROFS;
	if (!blk->ops->pwritev_nowait)
		return -EAGAIN;
	return blk_noting_failure(blk, BLK_WRITE,
				  blk->ops->pwritev_nowait(blk, iov, n, offset));
}

int blk_map(struct blk *blk, uint64_t offset, uint64_t len,
	    struct blk_extent *ret_extent)
{
	int ret = blk_check_range(blk, offset, len);

	if (ret)
		return ret;
	if (!blk->ops->map || !len)
		return -EOPNOTSUPP;
	return blk->ops->map(blk, offset, len, ret_extent);
}

int blk_pread(struct blk *blk, void *buf, size_t len, uint64_t offset)
{
	struct iovec iov = { .iov_base = buf, .iov_len = len };

	return blk_preadv(blk, &iov, 1, offset);
}

int blk_pwritev(struct blk *blk, const struct iovec *iov, int n,
		uint64_t offset)
{
	int ret = blk_check_iov(blk, iov, n, offset);

	if (ret)
		return ret;
	if (!(blk->caps & BLK_CAP_WRITE))
		return -EROFS;
	return blk_noting_failure(blk, BLK_WRITE,
				  blk->ops->pwritev(blk, iov, n, offset));
}

int blk_pwrite(struct blk *blk, const void *buf, size_t len, uint64_t offset)
{
	struct iovec iov = { .iov_base = (void *)buf, .iov_len = len };

	return blk_pwritev(blk, &iov, 1, offset);
}

int blk_flush(struct blk *blk)
{
	if (!(blk->caps & BLK_CAP_WRITE))
		return 0;
	return blk_noting_failure(blk, BLK_FLUSH, blk->ops->flush(blk));
}

int blk_grow(struct blk *blk, uint64_t size)
{
	if (!(blk->caps & BLK_CAP_WRITE))
		return -EROFS;
	if (size <= __atomic_load_n(&blk->size, __ATOMIC_RELAXED))
		return 0;
	return blk->ops->grow ? blk->ops->grow(blk, size) : -ENOSPC;
}

int blk_discard(struct blk *blk, uint64_t offset, uint64_t len)
{
	int ret = blk_check_range(blk, offset, len);

	if (ret)
		return ret;
	if (!(blk->caps & BLK_CAP_WRITE))
		return -EROFS;
	if (!(blk->caps & BLK_CAP_DISCARD))
		return -EOPNOTSUPP;
	if (!len)
		return 0;
	return blk_noting_failure(blk, BLK_DISCARD,
				  blk->ops->discard(blk, offset, len));
}

/* Every driver can write zeroes. */
static int blk_write_zero_bytes(struct blk *blk, uint64_t offset, uint64_t len)
{
	/* Not const: .bss takes no space in the library's file. */
	static char zeroes[ZERO_BUFFER];
	struct iovec iov[ZERO_IOVECS];
	int n, ret;

	while (len) {
		for (n = 0; len && n < (int)ZERO_IOVECS; n++) {
			iov[n].iov_base = zeroes;
			iov[n].iov_len = len < ZERO_BUFFER ? len : ZERO_BUFFER;
			len -= iov[n].iov_len;
		}
		ret = blk->ops->pwritev(blk, iov, n, offset);
		if (ret)
			return ret;
		offset += (uint64_t)ZERO_BUFFER * ZERO_IOVECS;
	}
	return 0;
}

int blk_write_zeroes(struct blk *blk, uint64_t offset, uint64_t len,
		     bool may_unmap)
{
	int ret = blk_check_range(blk, offset, len);

	if (ret)
		return ret;
	if (!(blk->caps & BLK_CAP_WRITE))
		return -EROFS;
	if (!len)
		return 0;
	ret = -EOPNOTSUPP;
	if (blk->ops->write_zeroes)
		ret = blk->ops->write_zeroes(blk, offset, len, may_unmap);
	if (ret == -EOPNOTSUPP)
		ret = blk_write_zero_bytes(blk, offset, len);
	return blk_noting_failure(blk, BLK_ZERO, ret);
}

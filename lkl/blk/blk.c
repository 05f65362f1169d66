// SPDX-License-Identifier: GPL-2.0-only
/*
 * blk.c - opening images, and the entries that check what they are asked.
 *
 * Knows the drivers by name and nothing of what they do.  No format is ever
 * probed here: whoever may write into an image could otherwise turn it into
 * one of another format.  An image is raw until its user says otherwise.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "blk.h"
#include "error.h"

/* One write of blk_write_zeroes() is at most this long. */
#define ZERO_BUFFER	(64u << 10)
#define ZERO_IOVECS	16u

struct blk_protocol {
	const char *name;
	const char *prefix;	/* of the paths it takes, "" for all */
	int (*open)(const char *path, unsigned int flags,
		    struct blk **ret_blk, struct lkl_error *err);
};

/*
 * A format is given the blk of a protocol and owns it from then on, but for
 * failure, when it remains its caller's.
 */
struct blk_format {
	const char *name;
	int (*open)(struct blk *inner, unsigned int flags,
		    struct blk **ret_blk, struct lkl_error *err);
};

/* Raw bytes need no interpretation, so that no layer is needed either. */
static int raw_open(struct blk *inner, unsigned int flags,
		    struct blk **ret_blk, struct lkl_error *err)
{
	(void)flags;
	(void)err;
	*ret_blk = inner;
	return 0;
}

/* The first one whose prefix fits is taken: those that take all come last. */
static const struct blk_protocol protocols[] = {
	{ "file", "", file_open },
};

static const struct blk_format formats[] = {
	{ "raw", raw_open },
};

/* Say where: @path gives way if both do not fit, the reason stays. */
static void prefix_path(struct lkl_error *err, const char *path)
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

int blk_open(const char *path, unsigned int flags, struct blk **ret_blk,
	     struct lkl_error *err)
{
	const struct blk_protocol *protocol = protocols;
	struct blk *inner, *blk;
	int ret;

	if (flags & ~(BLK_OPEN_READ_ONLY | BLK_OPEN_COW))
		return lkl_fail(err, -EINVAL, "unknown open flags 0x%x",
				 flags);
	if (flags & BLK_OPEN_COW)
		flags |= BLK_OPEN_READ_ONLY;
	while (strncmp(path, protocol->prefix, strlen(protocol->prefix)))
		protocol++;
	ret = protocol->open(path, flags, &inner, err);
	if (ret) {
		prefix_path(err, path);
		return ret;
	}
	ret = formats[0].open(inner, flags, &blk, err);
	if (!ret && (flags & BLK_OPEN_COW)) {
		inner = blk;
		ret = cow_open(inner, &blk, err);
	}
	if (ret) {
		blk_close(inner);
		prefix_path(err, path);
		return ret;
	}
	*ret_blk = blk;
	return 0;
}

void blk_close(struct blk *blk)
{
	if (blk)
		blk->ops->close(blk);
}

static int check_range(const struct blk *blk, uint64_t offset, uint64_t len)
{
	if (len > blk->size || offset > blk->size - len)
		return -EINVAL;
	return 0;
}

static int check_iov(const struct blk *blk, const struct iovec *iov, int n,
		     uint64_t offset)
{
	uint64_t len = 0;
	int i;

	if (n < 0)
		return -EINVAL;
	for (i = 0; i < n; i++)
		if (__builtin_add_overflow(len, iov[i].iov_len, &len))
			return -EINVAL;
	return check_range(blk, offset, len);
}

int blk_preadv(struct blk *blk, const struct iovec *iov, int n,
	       uint64_t offset)
{
	int ret = check_iov(blk, iov, n, offset);

	return ret ? ret : blk->ops->preadv(blk, iov, n, offset);
}

int blk_preadv_nowait(struct blk *blk, const struct iovec *iov, int n,
		      uint64_t offset)
{
	int ret = check_iov(blk, iov, n, offset);

	if (ret)
		return ret;
	if (!blk->ops->preadv_nowait)
		return -EAGAIN;
	return blk->ops->preadv_nowait(blk, iov, n, offset);
}

int blk_pread(struct blk *blk, void *buf, size_t len, uint64_t offset)
{
	struct iovec iov = { .iov_base = buf, .iov_len = len };

	return blk_preadv(blk, &iov, 1, offset);
}

int blk_pwritev(struct blk *blk, const struct iovec *iov, int n,
		uint64_t offset)
{
	int ret = check_iov(blk, iov, n, offset);

	if (ret)
		return ret;
	if (!(blk->caps & BLK_CAP_WRITE))
		return -EROFS;
	return blk->ops->pwritev(blk, iov, n, offset);
}

int blk_flush(struct blk *blk)
{
	if (!(blk->caps & BLK_CAP_WRITE))
		return 0;
	return blk->ops->flush(blk);
}

int blk_discard(struct blk *blk, uint64_t offset, uint64_t len)
{
	int ret = check_range(blk, offset, len);

	if (ret)
		return ret;
	if (!(blk->caps & BLK_CAP_WRITE))
		return -EROFS;
	if (!(blk->caps & BLK_CAP_DISCARD))
		return -EOPNOTSUPP;
	return len ? blk->ops->discard(blk, offset, len) : 0;
}

/* What every driver can do about zeroes: write them. */
static int write_zero_bytes(struct blk *blk, uint64_t offset, uint64_t len)
{
	/* Not const, to be in .bss and take no room in the library. */
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
	int ret = check_range(blk, offset, len);

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
		ret = write_zero_bytes(blk, offset, len);
	return ret;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * slice.c - filter: shows a part of an image as an image of its own.
 *
 * Nothing outside of the part can be reached.  blk_preadv() and the other entry
 * points check each request against the size of the slice, and the slice lies
 * within the lower image.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "blk.h"
#include "error.h"

struct slice {
	struct blk blk;
	struct blk *lower;		/* owned */
	uint64_t start;
};

static int slice_preadv(struct blk *blk, const struct iovec *iov, int n,
			uint64_t offset)
{
	struct slice *s = (struct slice *)blk;

	return blk_preadv(s->lower, iov, n, s->start + offset);
}

static int slice_pwritev(struct blk *blk, const struct iovec *iov, int n,
			 uint64_t offset)
{
	struct slice *s = (struct slice *)blk;

	return blk_pwritev(s->lower, iov, n, s->start + offset);
}

static int slice_preadv_nowait(struct blk *blk, const struct iovec *iov, int n,
			       uint64_t offset)
{
	struct slice *s = (struct slice *)blk;

	return blk_preadv_nowait(s->lower, iov, n, s->start + offset);
}

static int slice_pwritev_nowait(struct blk *blk, const struct iovec *iov,
				int n, uint64_t offset)
{
	struct slice *s = (struct slice *)blk;

	return blk_pwritev_nowait(s->lower, iov, n, s->start + offset);
}

static int slice_map(struct blk *blk, uint64_t offset, uint64_t len,
		     struct blk_extent *ret_extent)
{
	struct slice *s = (struct slice *)blk;

	return blk_map(s->lower, s->start + offset, len, ret_extent);
}

static int slice_flush(struct blk *blk)
{
	return blk_flush(((struct slice *)blk)->lower);
}

static int slice_discard(struct blk *blk, uint64_t offset, uint64_t len)
{
	struct slice *s = (struct slice *)blk;

	return blk_discard(s->lower, s->start + offset, len);
}

static int slice_write_zeroes(struct blk *blk, uint64_t offset, uint64_t len,
			      bool may_unmap)
{
	struct slice *s = (struct slice *)blk;

	return blk_write_zeroes(s->lower, s->start + offset, len, may_unmap);
}

static bool slice_explain(struct blk *blk, struct lkl_error *ret_reason)
{
	return blk_explain(((struct slice *)blk)->lower, ret_reason);
}

static int slice_close(struct blk *blk)
{
	int ret = blk_close(((struct slice *)blk)->lower);

	free(blk);
	return ret;
}

static const struct blk_ops slice_ops = {
	.name = "slice",
	.preadv = slice_preadv,
	.pwritev = slice_pwritev,
	.flush = slice_flush,
	.discard = slice_discard,
	.write_zeroes = slice_write_zeroes,
	.preadv_nowait = slice_preadv_nowait,
	.pwritev_nowait = slice_pwritev_nowait,
	.map = slice_map,
	.explain = slice_explain,
	.close = slice_close,
};

static int slice_check_range(const struct blk *lower, uint64_t offset,
			     uint64_t len, struct lkl_error *err)
{
	if (offset % lower->sector_size || len % lower->sector_size)
		return lkl_fail(err, -EINVAL,
				"offset %" PRIu64 " and size %" PRIu64
				" have to be multiples of its sector size, %u",
				offset, len, lower->sector_size);
	if (offset >= lower->size)
		return lkl_fail(err, -EINVAL,
				"offset %" PRIu64 " is past its end, at %" PRIu64,
				offset, lower->size);
	if (len > lower->size - offset)
		return lkl_fail(err, -EINVAL,
				"size %" PRIu64 " at offset %" PRIu64
				" is past its end, at %" PRIu64, len, offset,
				lower->size);
	return 0;
}

int slice_open(struct blk *lower, uint64_t offset, uint64_t len,
	       struct blk **ret_blk, struct lkl_error *err)
{
	struct slice *s;
	int ret;

	ret = slice_check_range(lower, offset, len, err);
	if (ret)
		return ret;
	s = calloc(1, sizeof(*s));
	if (!s)
		return lkl_fail(err, -ENOMEM, "out of memory");
	s->blk = *lower;
	s->blk.ops = &slice_ops;
	s->blk.size = len ? len : lower->size - offset;
	/* The slice must start at a multiple of its preferred block. */
	while (offset % s->blk.physical_size)
		s->blk.physical_size /= 2;
	s->lower = lower;
	s->start = offset;
	*ret_blk = &s->blk;
	return 0;
}

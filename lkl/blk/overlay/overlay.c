// SPDX-License-Identifier: GPL-2.0-only
/*
 * overlay.c - filter: keeps writes in a block store, which is gone when the blk
 * is closed.
 *
 * With it the kernel can replay the journal of an image that must not change,
 * and a user can try out changes.  The lower blk never changes, so blocks that
 * are not stored are read from it without a lock.  If a write to such a block
 * is in flight, either the old or the new data is a correct answer.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "blk/blk.h"
#include "blk/error.h"
#include "blk/iov.h"
#include "blk/lock.h"
#include "block-store.h"

struct overlay {
	struct blk blk;
	struct blk *lower;		/* owned, only read */
	struct block_store *store;	/* owned */
	/* Guards the store's data: readers of it hold this for reading. */
	pthread_rwlock_t lock;
};

/* ---- Reading ---- */

/* Put the stored parts of a range over the data of the lower blk. */
static int overlay_read_mixed(struct overlay *o, const struct iovec *iov, int n,
			      uint64_t offset, uint64_t len, bool nowait)
{
	struct iov_cursor c = iov_begin(iov, n);
	struct iovec piece;
	uint64_t run;
	bool there;
	char *at;
	int ret;

	for (; len; len -= run, offset += run) {
		run = block_store_run(o->store, offset, len, &there);
		if (!there) {
			iov_advance(&c, run);
			continue;
		}
		run = iov_span(&c, run, &at);
		piece.iov_base = at;
		piece.iov_len = run;
		ret = block_store_read(o->store, &piece, 1, offset, nowait);
		if (ret)
			return ret;
		iov_advance(&c, run);
	}
	return 0;
}

static int overlay_lock_shared(struct overlay *o, bool nowait)
{
	if (nowait)
		return -pthread_rwlock_tryrdlock(&o->lock) ? -EAGAIN : 0;
	lock_take_shared(&o->lock);
	return 0;
}

static int overlay_read(struct overlay *o, const struct iovec *iov, int n,
			uint64_t offset, bool nowait)
{
	uint64_t len = iov_bytes(iov, n), run = len;
	bool there = false;
	int ret = 0;

	if (len && !block_store_is_empty(o->store))
		run = block_store_run(o->store, offset, len, &there);
	if (!there || run < len)
		ret = nowait ? blk_preadv_nowait(o->lower, iov, n, offset) :
			       blk_preadv(o->lower, iov, n, offset);
	if (ret || (!there && run == len))
		return ret;

	ret = overlay_lock_shared(o, nowait);
	if (ret)
		return ret;
	if (run == len)
		ret = block_store_read(o->store, iov, n, offset, nowait);
	else
		ret = overlay_read_mixed(o, iov, n, offset, len, nowait);
	pthread_rwlock_unlock(&o->lock);
	return ret;
}

static int overlay_preadv(struct blk *blk, const struct iovec *iov, int n,
			  uint64_t offset)
{
	return overlay_read((struct overlay *)blk, iov, n, offset, false);
}

static int overlay_preadv_nowait(struct blk *blk, const struct iovec *iov,
				 int n, uint64_t offset)
{
	return overlay_read((struct overlay *)blk, iov, n, offset, true);
}

static int overlay_map(struct blk *blk, uint64_t offset, uint64_t len,
		       struct blk_extent *ret_extent)
{
	struct overlay *o = (struct overlay *)blk;
	bool there = false;

	if (!block_store_is_empty(o->store))
		len = block_store_run(o->store, offset, len, &there);
	/* The store may move to another file at any time. */
	if (there)
		return -EOPNOTSUPP;
	return blk_map(o->lower, offset, len, ret_extent);
}

/* ---- Writing ---- */

/*
 * The first or last block of a write, if the write covers only a part of it and
 * the block is not stored yet.  The rest of the block comes from the lower blk.
 * It is read before the lock is taken, as the lower blk never changes.
 */
struct overlay_edge {
	uint64_t offset;
	size_t len;		/* 0: no such block */
	char *buf;		/* owned */
};

static void overlay_free_edge(struct overlay_edge *edge)
{
	free(edge->buf);
}

/* Read the block around @at, unless [@start, @end) covers all of it. */
static int overlay_read_edge(struct overlay *o, uint64_t at, uint64_t start,
			     uint64_t end, struct overlay_edge *edge)
{
	unsigned int size = block_store_block(o->store);
	uint64_t offset = at - at % size;
	size_t len = size;
	bool there;

	if (len > o->blk.size - offset)
		len = o->blk.size - offset;
	if (start <= offset && end >= offset + len)
		return 0;
	block_store_run(o->store, offset, len, &there);
	if (there)
		return 0;
	edge->buf = malloc(len);
	if (!edge->buf)
		return -ENOMEM;
	edge->offset = offset;
	edge->len = len;
	return blk_pread(o->lower, edge->buf, len, offset);
}

/* Store the block, unless another thread has done so.  With the lock held. */
static int overlay_fill_edge(struct overlay *o, const struct overlay_edge *edge)
{
	const struct iovec iov = { edge->buf, edge->len };
	bool there = true;

	if (edge->len)
		block_store_run(o->store, edge->offset, edge->len, &there);
	return there ? 0 :
		       block_store_write(o->store, &iov, 1, edge->offset, false);
}

static int overlay_pwritev(struct blk *blk, const struct iovec *iov, int n,
			   uint64_t offset)
{
	__attribute__((
		cleanup(overlay_free_edge))) struct overlay_edge first = { 0 };
	__attribute__((
		cleanup(overlay_free_edge))) struct overlay_edge last = { 0 };
	struct overlay *o = (struct overlay *)blk;
	uint64_t end = offset + iov_bytes(iov, n);
	int ret;

	if (offset == end)
		return 0;
	ret = overlay_read_edge(o, offset, offset, end, &first);
	if (!ret && (end - 1) / block_store_block(o->store) !=
			    offset / block_store_block(o->store))
		ret = overlay_read_edge(o, end - 1, offset, end, &last);
	if (ret)
		return ret;

	lock_take_alone(&o->lock);
	ret = overlay_fill_edge(o, &first);
	if (!ret)
		ret = overlay_fill_edge(o, &last);
	if (!ret)
		ret = block_store_write(o->store, iov, n, offset, false);
	pthread_rwlock_unlock(&o->lock);
	return ret;
}

/* Whether the block around @at is stored. */
static bool overlay_has_block(struct overlay *o, uint64_t at)
{
	bool there;

	block_store_run(o->store, at, 1, &there);
	return there;
}

static int overlay_pwritev_nowait(struct blk *blk, const struct iovec *iov,
				  int n, uint64_t offset)
{
	struct overlay *o = (struct overlay *)blk;
	uint64_t end = offset + iov_bytes(iov, n);
	unsigned int size = block_store_block(o->store);
	int ret;

	if (offset == end)
		return 0;
	if ((offset % size && !overlay_has_block(o, offset)) ||
	    (end % size && end < o->blk.size && !overlay_has_block(o, end - 1)))
		return -EAGAIN;
	if (pthread_rwlock_trywrlock(&o->lock))
		return -EAGAIN;
	ret = block_store_write(o->store, iov, n, offset, true);
	pthread_rwlock_unlock(&o->lock);
	return ret;
}

/* Make whole blocks holes, which take no space. */
static int overlay_zero_blocks(struct overlay *o, uint64_t offset, uint64_t len)
{
	int ret;

	lock_take_alone(&o->lock);
	ret = block_store_zero(o->store, offset, len);
	pthread_rwlock_unlock(&o->lock);
	return ret;
}

static int overlay_write_zeroed_edge(struct overlay *o, uint64_t offset,
				     uint64_t len)
{
	char *zeroes = calloc(1, len);
	struct iovec iov = { zeroes, len };
	int ret;

	if (!zeroes)
		return -ENOMEM;
	ret = overlay_pwritev(&o->blk, &iov, 1, offset);
	free(zeroes);
	return ret;
}

static int overlay_write_zeroes(struct blk *blk, uint64_t offset, uint64_t len,
				bool may_unmap)
{
	struct overlay *o = (struct overlay *)blk;
	unsigned int size = block_store_block(o->store);
	uint64_t end = offset + len;
	uint64_t start = (offset + size - 1) / size * size;
	uint64_t stop = end == blk->size ? end : end - end % size;
	int ret = 0;

	(void)may_unmap;
	if (start >= stop)
		return overlay_write_zeroed_edge(o, offset, len);
	ret = overlay_zero_blocks(o, start, stop - start);
	if (!ret && offset < start)
		ret = overlay_write_zeroed_edge(o, offset, start - offset);
	if (!ret && stop < end)
		ret = overlay_write_zeroed_edge(o, stop, end - stop);
	return ret;
}

/* Stored blocks become zeroes, which gives their space back. */
static int overlay_discard(struct blk *blk, uint64_t offset, uint64_t len)
{
	struct overlay *o = (struct overlay *)blk;
	unsigned int size = block_store_block(o->store);
	uint64_t start = (offset + size - 1) / size * size;
	uint64_t stop = (offset + len) / size * size;
	int ret;

	if (start >= stop)
		return 0;
	ret = overlay_zero_blocks(o, start, stop - start);
	return ret == -EOPNOTSUPP ? 0 : ret;
}

/* The data need not survive. */
static int overlay_flush(struct blk *blk)
{
	(void)blk;
	return 0;
}

static bool overlay_explain(struct blk *blk, struct lkl_error *ret_reason)
{
	return blk_explain(((struct overlay *)blk)->lower, ret_reason);
}

static int overlay_close(struct blk *blk)
{
	struct overlay *o = (struct overlay *)blk;
	int ret;

	block_store_destroy(o->store);
	pthread_rwlock_destroy(&o->lock);
	ret = blk_close(o->lower);
	free(o);
	return ret;
}

static const struct blk_ops overlay_ops = {
	.name = "overlay",
	.preadv = overlay_preadv,
	.pwritev = overlay_pwritev,
	.flush = overlay_flush,
	.discard = overlay_discard,
	.write_zeroes = overlay_write_zeroes,
	.preadv_nowait = overlay_preadv_nowait,
	.pwritev_nowait = overlay_pwritev_nowait,
	.map = overlay_map,
	.explain = overlay_explain,
	.close = overlay_close,
};

int overlay_open(struct blk *lower, struct overlay_files *files,
		 struct blk **ret_blk, struct lkl_error *err)
{
	struct overlay *o = calloc(1, sizeof(*o));
	int ret;

	if (!o)
		return lkl_fail(err, -ENOMEM, "out of memory");
	ret = block_store_create(lower->size, files, &o->store, err);
	if (ret) {
		free(o);
		return ret;
	}
	o->blk = *lower;
	o->blk.ops = &overlay_ops;
	o->blk.warning = NULL;
	o->blk.caps = BLK_CAP_WRITE | BLK_CAP_DISCARD | BLK_CAP_WRITE_ZEROES;
	o->lower = lower;
	pthread_rwlock_init(&o->lock, NULL);
	*ret_blk = &o->blk;
	return 0;
}

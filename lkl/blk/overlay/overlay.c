// SPDX-License-Identifier: GPL-2.0-only
/*
 * overlay.c - filter: writes are kept aside and gone when it is closed.
 *
 * Lets the kernel replay the journal of an image that must not or cannot be
 * changed, and a user try what would become of it.  What is beneath never
 * changes.  So whatever is not kept aside is read there without a lock: that
 * somebody is just writing it means that both the old and the new are right.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "blk/blk.h"
#include "blk/error.h"
#include "blk/iov.h"
#include "block-store.h"

struct overlay {
	struct blk blk;
	struct blk *lower;		/* owned, only read */
	struct store *store;
	/* Held for reading to read from the store, for writing to change it. */
	pthread_rwlock_t lock;
};

/* ---- Reading ---- */

/* The parts of a range that are kept aside replace what was read below. */
static int read_patches(struct overlay *o, const struct iovec *iov,
			uint64_t offset, uint64_t len, bool nowait)
{
	struct iov_cursor c = { .iov = iov };
	struct iovec piece;
	uint64_t run;
	bool there;
	char *at;
	int ret;

	for (; len; len -= run, offset += run) {
		run = store_run(o->store, offset, len, &there);
		if (!there) {
			c.skip += run;
			continue;
		}
		run = iov_span(&c, run, &at);
		piece.iov_base = at;
		piece.iov_len = run;
		ret = store_read(o->store, &piece, 1, offset, nowait);
		if (ret)
			return ret;
		c.skip += run;
	}
	return 0;
}

static int lock_for_reading(struct overlay *o, bool nowait)
{
	if (nowait)
		return -pthread_rwlock_tryrdlock(&o->lock) ? -EAGAIN : 0;
	pthread_rwlock_rdlock(&o->lock);
	return 0;
}

static int read_any(struct overlay *o, const struct iovec *iov, int n,
		    uint64_t offset, bool nowait)
{
	uint64_t len = iov_bytes(iov, n), run = len;
	bool there = false;
	int ret = 0;

	if (len && !store_is_empty(o->store))
		run = store_run(o->store, offset, len, &there);
	if (!there || run < len)
		ret = nowait ? blk_preadv_nowait(o->lower, iov, n, offset) :
			       blk_preadv(o->lower, iov, n, offset);
	if (ret || (!there && run == len))
		return ret;

	ret = lock_for_reading(o, nowait);
	if (ret)
		return ret;
	if (run == len)
		ret = store_read(o->store, iov, n, offset, nowait);
	else
		ret = read_patches(o, iov, offset, len, nowait);
	pthread_rwlock_unlock(&o->lock);
	return ret;
}

static int overlay_preadv(struct blk *blk, const struct iovec *iov, int n,
			  uint64_t offset)
{
	return read_any((struct overlay *)blk, iov, n, offset, false);
}

static int overlay_preadv_nowait(struct blk *blk, const struct iovec *iov,
				 int n, uint64_t offset)
{
	return read_any((struct overlay *)blk, iov, n, offset, true);
}

static int overlay_map(struct blk *blk, uint64_t offset, uint64_t len,
		       struct blk_extent *ret_extent)
{
	struct overlay *o = (struct overlay *)blk;
	bool there = false;

	if (!store_is_empty(o->store))
		len = store_run(o->store, offset, len, &there);
	/* Files of the store come and go. */
	if (there)
		return -EOPNOTSUPP;
	return blk_map(o->lower, offset, len, ret_extent);
}

/* ---- Writing ---- */

/*
 * Of the block that a write begins or ends in, what is below is needed too,
 * unless the block is there already.  It is read before the lock is taken:
 * below nothing changes.
 */
struct edge {
	uint64_t offset;
	size_t len;		/* 0: there is none */
	char *buf;
};

static void edge_cleanup(struct edge *edge)
{
	free(edge->buf);
}

/* The block around @at, if [@start, @end) is not all of it. */
static int read_edge(struct overlay *o, uint64_t at, uint64_t start,
		     uint64_t end, struct edge *edge)
{
	unsigned int size = store_block(o->store);
	uint64_t offset = at - at % size;
	size_t len = size;
	bool there;

	if (len > o->blk.size - offset)
		len = o->blk.size - offset;
	if (start <= offset && end >= offset + len)
		return 0;
	store_run(o->store, offset, len, &there);
	if (there)
		return 0;
	edge->buf = malloc(len);
	if (!edge->buf)
		return -ENOMEM;
	edge->offset = offset;
	edge->len = len;
	return blk_pread(o->lower, edge->buf, len, offset);
}

/* With the lock: unless somebody else has filled it meanwhile. */
static int fill_edge(struct overlay *o, const struct edge *edge)
{
	const struct iovec iov = { edge->buf, edge->len };
	bool there = true;

	if (edge->len)
		store_run(o->store, edge->offset, edge->len, &there);
	return there ? 0 : store_write(o->store, &iov, 1, edge->offset, false);
}

static int overlay_pwritev(struct blk *blk, const struct iovec *iov, int n,
			   uint64_t offset)
{
	__attribute__((cleanup(edge_cleanup))) struct edge first = { 0 };
	__attribute__((cleanup(edge_cleanup))) struct edge last = { 0 };
	struct overlay *o = (struct overlay *)blk;
	uint64_t end = offset + iov_bytes(iov, n);
	int ret;

	if (offset == end)
		return 0;
	ret = read_edge(o, offset, offset, end, &first);
	if (!ret && (end - 1) / store_block(o->store) !=
		    offset / store_block(o->store))
		ret = read_edge(o, end - 1, offset, end, &last);
	if (ret)
		return ret;

	pthread_rwlock_wrlock(&o->lock);
	ret = fill_edge(o, &first);
	if (!ret)
		ret = fill_edge(o, &last);
	if (!ret)
		ret = store_write(o->store, iov, n, offset, false);
	pthread_rwlock_unlock(&o->lock);
	return ret;
}

/* Whether the block around @at needs nothing from below. */
static bool edge_is_there(struct overlay *o, uint64_t at)
{
	bool there;

	store_run(o->store, at, 1, &there);
	return there;
}

static int overlay_pwritev_nowait(struct blk *blk, const struct iovec *iov,
				  int n, uint64_t offset)
{
	struct overlay *o = (struct overlay *)blk;
	uint64_t end = offset + iov_bytes(iov, n);
	unsigned int size = store_block(o->store);
	int ret;

	if (offset == end)
		return 0;
	if ((offset % size && !edge_is_there(o, offset)) ||
	    (end % size && end < o->blk.size && !edge_is_there(o, end - 1)))
		return -EAGAIN;
	if (pthread_rwlock_trywrlock(&o->lock))
		return -EAGAIN;
	ret = store_write(o->store, iov, n, offset, true);
	pthread_rwlock_unlock(&o->lock);
	return ret;
}

/* Whole blocks become holes, which takes no space. */
static int zero_blocks(struct overlay *o, uint64_t offset, uint64_t len)
{
	int ret;

	pthread_rwlock_wrlock(&o->lock);
	ret = store_zero(o->store, offset, len);
	pthread_rwlock_unlock(&o->lock);
	return ret;
}

static int write_zero_edge(struct overlay *o, uint64_t offset, uint64_t len)
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
	unsigned int size = store_block(o->store);
	uint64_t end = offset + len;
	uint64_t start = (offset + size - 1) / size * size;
	uint64_t stop = end == blk->size ? end : end - end % size;
	int ret = 0;

	(void)may_unmap;
	if (start >= stop)
		return write_zero_edge(o, offset, len);
	ret = zero_blocks(o, start, stop - start);
	if (!ret && offset < start)
		ret = write_zero_edge(o, offset, start - offset);
	if (!ret && stop < end)
		ret = write_zero_edge(o, stop, end - stop);
	return ret;
}

/* Only what is kept aside takes space, and all of it is given back. */
static int overlay_discard(struct blk *blk, uint64_t offset, uint64_t len)
{
	struct overlay *o = (struct overlay *)blk;
	unsigned int size = store_block(o->store);
	uint64_t start = (offset + size - 1) / size * size;
	uint64_t stop = (offset + len) / size * size;
	int ret;

	if (start >= stop)
		return 0;
	ret = zero_blocks(o, start, stop - start);
	return ret == -EOPNOTSUPP ? 0 : ret;
}

/* Nothing is to survive. */
static int overlay_flush(struct blk *blk)
{
	(void)blk;
	return 0;
}

static bool overlay_explain(struct blk *blk, struct lkl_error *ret_reason)
{
	return blk_explain(((struct overlay *)blk)->lower, ret_reason);
}

static void overlay_close(struct blk *blk)
{
	struct overlay *o = (struct overlay *)blk;

	store_destroy(o->store);
	pthread_rwlock_destroy(&o->lock);
	blk_close(o->lower);
	free(o);
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

int overlay_open(struct blk *lower, struct blk **ret_blk,
		 struct lkl_error *err)
{
	struct overlay *o = calloc(1, sizeof(*o));
	int ret;

	if (!o)
		return lkl_fail(err, -ENOMEM, "out of memory");
	ret = store_create(lower->size, &o->store, err);
	if (ret) {
		free(o);
		return ret;
	}
	o->blk = *lower;
	o->blk.ops = &overlay_ops;
	o->blk.caps = BLK_CAP_WRITE | BLK_CAP_DISCARD | BLK_CAP_WRITE_ZEROES;
	o->lower = lower;
	pthread_rwlock_init(&o->lock, NULL);
	*ret_blk = &o->blk;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * qcow2.c - format qcow2 of QEMU: opens, reads and closes images.
 *
 * Internal snapshots are kept and can be read.  Images are not resized, and encryption is not
 * supported.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "qcow2.h"

/* ---- Pieces of buffers ---- */

int qcow2_take_pieces(struct iov_cursor *c, uint64_t len, int extra,
		      struct qcow2_pieces *p)
{
	struct iovec *to;
	uint64_t left = len;
	size_t skip = c->skip;
	char *bytes;
	int n;

	p->many = NULL;
	/* Use the caller's array if the range ends with a buffer. */
	for (n = 0; !extra && !c->skip && left && n < c->n; n++) {
		if (c->iov[n].iov_len > left)
			break;
		left -= c->iov[n].iov_len;
	}
	if (!extra && !c->skip && !left) {
		p->iov = c->iov;
		p->n = n;
		c->iov += n;
		c->n -= n;
		iov_advance(c, 0);
		return 0;
	}

	left = len + skip;
	for (n = 0; n < c->n && left > c->iov[n].iov_len; n++)
		left -= c->iov[n].iov_len;
	n += 1 + 2 * extra;
	to = p->few;
	if (n > (int)(sizeof(p->few) / sizeof(p->few[0]))) {
		to = malloc(n * sizeof(to[0]));
		p->many = to;
		if (!to)
			return -ENOMEM;
	}
	p->iov = to;
	to += extra;
	for (n = extra; len; n++, to++) {
		to->iov_len = iov_span(c, len, &bytes);
		to->iov_base = bytes;
		iov_advance(c, to->iov_len);
		len -= to->iov_len;
	}
	p->n = n + extra;
	return 0;
}

static void qcow2_zero_pieces(const struct qcow2_pieces *p)
{
	int i;

	for (i = 0; i < p->n; i++)
		memset(p->iov[i].iov_base, 0, p->iov[i].iov_len);
}

/* ---- Reading ---- */

/* Read from a blk; zeroes follow its end. */
static int qcow2_read_padded_iov(struct blk *blk, struct iov_cursor *c,
				 uint64_t len, uint64_t offset, bool wait)
{
	uint64_t size = qcow2_file_size(blk), there;
	struct qcow2_pieces p;
	int ret;

	there = offset < size ? qcow2_min(len, size - offset) : 0;
	if (there) {
		ret = qcow2_take_pieces(c, there, 0, &p);
		if (ret)
			return ret;
		ret = wait ? blk_preadv(blk, p.iov, p.n, offset) :
			     blk_preadv_nowait(blk, p.iov, p.n, offset);
		qcow2_put_pieces(&p);
		if (ret)
			return ret;
	}
	if (there < len) {
		ret = qcow2_take_pieces(c, len - there, 0, &p);
		if (ret)
			return ret;
		qcow2_zero_pieces(&p);
		qcow2_put_pieces(&p);
	}
	return 0;
}

static int qcow2_read_extent(struct qcow2 *q, const struct qcow2_extent *ext,
			     struct iov_cursor *c, uint64_t offset, bool wait)
{
	struct qcow2_pieces p;
	int ret;

	if (ext->type == QCOW2_TYPE_DATA)
		return qcow2_read_padded_iov(q->data, c, ext->len, ext->host,
					     wait);
	if (ext->type == QCOW2_TYPE_HOLE && q->backing)
		return qcow2_read_padded_iov(q->backing, c, ext->len, offset,
					     wait);

	ret = qcow2_take_pieces(c, ext->len, 0, &p);
	if (ret)
		return ret;
	if (ext->type == QCOW2_TYPE_COMPRESSED)
		ret = qcow2_read_compressed(q, ext->entry,
					    offset & (q->cluster_size - 1),
					    p.iov, p.n, wait);
	else
		qcow2_zero_pieces(&p);
	qcow2_put_pieces(&p);
	return ret;
}

static int qcow2_read_any(struct qcow2 *q, const struct iovec *iov, int n,
			  uint64_t offset, bool wait)
{
	struct iov_cursor c = iov_begin(iov, n);
	struct qcow2_extent ext;
	unsigned int epoch;
	uint64_t len = iov_bytes(iov, n);
	int ret;

	while (len) {
		if (wait)
			lock_take(&q->lock);
		else if (pthread_mutex_trylock(&q->lock))
			return -EAGAIN;
		ret = qcow2_lookup(q, offset, len, wait, &ext);
		epoch = qcow2_begin_data_use(q);
		pthread_mutex_unlock(&q->lock);
		if (!ret)
			ret = qcow2_read_extent(q, &ext, &c, offset, wait);
		qcow2_end_data_use(q, epoch);
		if (ret)
			return ret;
		offset += ext.len;
		len -= ext.len;
	}
	return 0;
}

int qcow2_read(struct qcow2 *q, const struct iovec *iov, int n,
	       uint64_t offset)
{
	return qcow2_read_any(q, iov, n, offset, true);
}

static int qcow2_preadv(struct blk *blk, const struct iovec *iov, int n,
			uint64_t offset)
{
	return qcow2_read_any((struct qcow2 *)blk, iov, n, offset, true);
}

static int qcow2_preadv_nowait(struct blk *blk, const struct iovec *iov, int n,
			       uint64_t offset)
{
	return qcow2_read_any((struct qcow2 *)blk, iov, n, offset, false);
}

/*
 * io_uring reads the range at an unknown time.  A cluster with the copied flag is
 * given up only if the guest discards or zeroes all of it, so it is safe to read.
 */
static int qcow2_map(struct blk *blk, uint64_t offset, uint64_t len,
		     struct blk_extent *ret_extent)
{
	struct qcow2 *q = (struct qcow2 *)blk;
	struct qcow2_extent ext;
	int ret;

	if (pthread_mutex_trylock(&q->lock))
		return -EAGAIN;
	ret = qcow2_lookup(q, offset, len, false, &ext);
	pthread_mutex_unlock(&q->lock);
	if (ret)
		return ret;
	if (ext.type == QCOW2_TYPE_HOLE && q->backing &&
	    offset < q->backing->size)
		return blk_map(q->backing, offset,
			       qcow2_min(ext.len, q->backing->size - offset),
			       ret_extent);
	if (ext.type != QCOW2_TYPE_DATA ||
	    (!ext.copied && (blk->caps & BLK_CAP_WRITE)))
		return -EOPNOTSUPP;
	return blk_map(q->data, ext.host, ext.len, ret_extent);
}

static bool qcow2_explain(struct blk *blk, struct lkl_error *ret_reason)
{
	struct qcow2 *q = (struct qcow2 *)blk;
	bool known;

	lock_take(&q->lock);
	known = q->damage.text[0];
	if (known)
		*ret_reason = q->damage;
	pthread_mutex_unlock(&q->lock);
	return known || blk_explain(q->file, ret_reason) ||
	       (q->backing && blk_explain(q->backing, ret_reason));
}

/* ---- Opening and closing ---- */

static int qcow2_flush(struct blk *blk)
{
	return qcow2_flush_metadata((struct qcow2 *)blk, true);
}

/* Free all but the inner blk, which the caller owns until opening succeeds. */
static void qcow2_free_state(struct qcow2 *q)
{
	if (q->data != q->file)
		blk_close(q->data);
	blk_close(q->backing);
	qcow2_unpacked_free(q);
	qcow2_cache_free(&q->l2s);
	qcow2_cache_free(&q->refblocks);
	free(q->metadata.slots);
	free(q->freed.at);
	free(q->freed_stored.at);
	free(q->freed_waiting.at);
	free(q->l1);
	free(q->l1_dirty);
	free(q->reftable);
	free(q->backing_name);
	free(q->backing_format);
	free(q->data_name);
	lock_event_destroy(&q->idle);
	pthread_mutex_destroy(&q->lock);
	pthread_mutex_destroy(&q->flush_lock);
	free(q);
}

static int qcow2_close(struct blk *blk)
{
	struct qcow2 *q = (struct qcow2 *)blk;
	struct blk *file = q->file;

	if (blk->caps & BLK_CAP_WRITE)
		qcow2_flush_metadata(q, false);
	qcow2_free_state(q);
	return blk_close(file);
}

static const struct blk_ops qcow2_ops = {
	.name = "qcow2",
	.preadv = qcow2_preadv,
	.pwritev = qcow2_pwritev,
	.flush = qcow2_flush,
	.discard = qcow2_discard,
	.write_zeroes = qcow2_write_zeroes,
	.preadv_nowait = qcow2_preadv_nowait,
	.pwritev_nowait = qcow2_pwritev_nowait,
	.map = qcow2_map,
	.explain = qcow2_explain,
	.close = qcow2_close,
};

static int qcow2_open_other_files(struct qcow2 *q,
				  const struct blk_origin *origin,
				  struct lkl_error *err)
{
	const unsigned int mode = origin->flags & BLK_OPEN_READ_ONLY;
	struct lkl_error reason = { "" };
	const char *name = q->backing_name;
	int ret;

	if (q->incompatible & QCOW2_INCOMPAT_DATA_FILE) {
		if (!q->data_name)
			return lkl_fail(err, -EINVAL,
					"header: no name for its data file");
		ret = blk_open_named(origin, q->data_name, "raw", mode,
				     &q->data, &reason);
		if (ret) {
			q->data = q->file;
			return lkl_fail(err, ret, "data file: %.400s",
					reason.text);
		}
	}
	if (q->backing_name && q->data_raw)
		return lkl_fail(err, -EINVAL,
				"header: both a backing file and a raw data file");
	if (q->backing_name) {
		if (!strncmp(name, "json:", 5))
			return lkl_fail(err, -ENOTSUP,
					"backing file: names that begin with json: are not supported");
		/* In QEMU, file: is the same as no protocol. */
		if (!strncmp(name, "file:", 5))
			name += 5;
		ret = blk_open_named(origin, name, q->backing_format,
				     BLK_OPEN_READ_ONLY, &q->backing,
				     &reason);
		if (ret) {
			q->backing = NULL;
			return lkl_fail(err, ret, "backing file: %.400s",
					reason.text);
		}
	}
	return 0;
}

static int qcow2_open_for_writing(struct qcow2 *q, struct lkl_error *err)
{
	int ret;

	if (q->incompatible & QCOW2_INCOMPAT_CORRUPT)
		return lkl_fail(err, -EROFS,
				"is marked corrupt and can only be read: qemu-img check -r all may repair it");
	ret = qcow2_read_reftable(q, err);
	if (ret)
		return ret;
	ret = qcow2_find_metadata(q, err);
	if (ret)
		return ret;
	if (q->n_bitmaps) {
		snprintf(q->bitmaps_warning, sizeof(q->bitmaps_warning),
			 "writing to it ends its %u dirty bitmap%s: the next backup cannot be incremental",
			 q->n_bitmaps, q->n_bitmaps > 1 ? "s" : "");
		q->blk.warning = q->bitmaps_warning;
	} else {
		q->blk.warning = q->file->warning;
	}
	q->zero_from = qcow2_align_up(q->file->size, q->cluster_size);
	q->blk.caps = BLK_CAP_WRITE | BLK_CAP_DISCARD | BLK_CAP_WRITE_ZEROES;
	if (q->incompatible & QCOW2_INCOMPAT_DIRTY)
		return qcow2_rebuild_refcounts(q, err);
	return 0;
}

static int qcow2_init_caches(struct qcow2 *q)
{
	unsigned int slice = qcow2_min(q->cluster_size, QCOW2_SLICE_MAX);
	int ret;

	ret = qcow2_cache_init(&q->l2s, slice, QCOW2_L2_CACHE);
	if (!ret)
		ret = qcow2_cache_init(&q->refblocks, slice,
				       QCOW2_REFCOUNT_CACHE);
	return ret;
}

int qcow2_open(struct blk *inner, const struct blk_origin *origin,
	       struct blk **ret_blk, struct lkl_error *err)
{
	struct qcow2 *q = calloc(1, sizeof(*q));
	int ret;

	if (!q)
		return lkl_fail(err, -ENOMEM, "out of memory");
	q->file = inner;
	q->data = inner;
	pthread_mutex_init(&q->flush_lock, NULL);
	pthread_mutex_init(&q->lock, NULL);
	lock_event_init(&q->idle);
	pthread_mutex_init(&q->unpacked.lock, NULL);

	ret = qcow2_read_header(q, err);
	if (ret)
		goto out;
	ret = qcow2_init_caches(q);
	if (ret) {
		lkl_fail(err, ret, "out of memory");
		goto out;
	}
	qcow2_unpacked_init(q);
	if (origin->snapshot) {
		ret = qcow2_select_snapshot(q, origin->snapshot, err);
		if (ret)
			goto out;
	}
	ret = qcow2_read_l1(q, err);
	if (ret)
		goto out;
	q->blk.ops = &qcow2_ops;
	q->blk.sector_size = BLK_SECTOR_MIN;
	q->blk.physical_size = inner->physical_size;
	/* If the size is not in sectors, the rest reads as zeroes. */
	q->blk.size = qcow2_align_up(q->blk.size, BLK_SECTOR_MIN);
	ret = qcow2_open_other_files(q, origin, err);
	if (ret)
		goto out;
	if (!(origin->flags & BLK_OPEN_READ_ONLY)) {
		ret = qcow2_open_for_writing(q, err);
		if (ret)
			goto out;
	}
	*ret_blk = &q->blk;
	return 0;
out:
	qcow2_free_state(q);
	return ret;
}

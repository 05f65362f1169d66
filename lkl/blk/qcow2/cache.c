// SPDX-License-Identifier: GPL-2.0-only
/*
 * cache.c - a write-back cache for slices of tables.
 *
 * A table may have 2 MiB, so slices of it are cached, not the whole table.  A
 * dirty slice of a refcount block may be written at any time.  Only a flush
 * (flush.c) writes dirty slices of L2 tables, so they cannot be evicted.  The
 * cache then grows past its limit, until the flush that is due.
 */
#include <errno.h>
#include <stdlib.h>

#include "qcow2.h"

int qcow2_read_padded(struct blk *blk, void *buf, size_t len, uint64_t offset)
{
	uint64_t size = qcow2_file_size(blk);
	size_t there = offset < size ? qcow2_min(len, size - offset) : 0;
	int ret = there ? blk_pread(blk, buf, there, offset) : 0;

	if (!ret && there < len)
		memset((char *)buf + there, 0, len - there);
	return ret;
}

int qcow2_cache_init(struct qcow2_cache *c, unsigned int slice_size,
		     unsigned int bytes)
{
	c->slice_size = slice_size;
	c->max = bytes / slice_size;
	c->n_buckets = 1;
	while (c->n_buckets < c->max)
		c->n_buckets *= 2;
	c->buckets = calloc(c->n_buckets, sizeof(c->buckets[0]));
	c->scratch = malloc(slice_size);
	return c->buckets && c->scratch ? 0 : -ENOMEM;
}

void qcow2_cache_free(struct qcow2_cache *c)
{
	unsigned int i;

	for (i = 0; i < c->n; i++)
		free(c->all[i]);
	free(c->all);
	free(c->buckets);
	free(c->scratch);
}

static struct qcow2_slice **qcow2_cache_bucket(const struct qcow2_cache *c,
					       uint64_t offset)
{
	uint64_t hash = offset / c->slice_size * 0x9e3779b97f4a7c15ull;

	return &c->buckets[hash >> 32 & (c->n_buckets - 1)];
}

static void qcow2_cache_unlink_slice(struct qcow2_cache *c,
				     struct qcow2_slice *slice)
{
	struct qcow2_slice **p = qcow2_cache_bucket(c, slice->offset);

	while (*p != slice)
		p = &(*p)->next;
	*p = slice->next;
}

static void qcow2_cache_link_slice(struct qcow2_cache *c,
				   struct qcow2_slice *slice)
{
	struct qcow2_slice **p = qcow2_cache_bucket(c, slice->offset);

	slice->next = *p;
	*p = slice;
}

static int qcow2_cache_write_slice(struct qcow2 *q, struct qcow2_cache *c,
				   struct qcow2_slice *slice)
{
	int ret;

	if (q->corrupt)
		return -EIO;
	ret = blk_pwrite(q->file, slice->data, c->slice_size, slice->offset);
	if (!ret) {
		slice->dirty = false;
		c->n_dirty--;
	}
	return ret;
}

void qcow2_cache_dirty(struct qcow2_cache *c, struct qcow2_slice *slice)
{
	if (!slice->dirty)
		c->n_dirty++;
	slice->dirty = true;
}

int qcow2_cache_write(struct qcow2 *q, struct qcow2_cache *c)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; c->n_dirty && i < c->n && !ret; i++)
		if (c->all[i]->dirty)
			ret = qcow2_cache_write_slice(q, c, c->all[i]);
	return ret;
}

/* Find a slice that can be reused; NULL: allocate a new one. */
static int qcow2_cache_evict_slice(struct qcow2 *q, struct qcow2_cache *c,
				   struct qcow2_slice **ret_slice)
{
	struct qcow2_slice *slice;
	unsigned int i;
	int ret;

	*ret_slice = NULL;
	if (c->n < c->max)
		return 0;
	for (i = 0; i < 2 * c->n; i++) {
		c->hand = (c->hand + 1) % c->n;
		slice = c->all[c->hand];
		if (slice->used) {
			slice->used = false;
			continue;
		}
		if (slice->writing || (slice->dirty && c == &q->l2s))
			continue;
		if (slice->dirty) {
			ret = qcow2_cache_write_slice(q, c, slice);
			if (ret)
				return ret;
		}
		qcow2_cache_unlink_slice(c, slice);
		*ret_slice = slice;
		return 0;
	}
	return 0;
}

static struct qcow2_slice *qcow2_cache_add_slice(struct qcow2_cache *c)
{
	struct qcow2_slice *slice, **all;
	unsigned int room;

	if (c->n == c->room) {
		room = c->room ? 2 * c->room : 16;
		all = realloc(c->all, room * sizeof(all[0]));
		if (!all)
			return NULL;
		c->all = all;
		c->room = room;
	}
	slice = calloc(1, sizeof(*slice) + c->slice_size);
	if (slice)
		c->all[c->n++] = slice;
	return slice;
}

static void qcow2_cache_remove_slice(struct qcow2_cache *c,
				     struct qcow2_slice *slice)
{
	unsigned int i;

	for (i = 0; c->all[i] != slice; i++)
		;
	c->all[i] = c->all[--c->n];
	free(slice);
}

/*
 * Read the slice at @offset into memory.  Without @wait it must be in the host's
 * cache; this reads it before it evicts another slice.
 */
static int qcow2_cache_load_slice(struct qcow2 *q, struct qcow2_cache *c,
				  uint64_t offset, bool wait,
				  struct qcow2_slice **ret_slice)
{
	struct iovec iov = { c->scratch, c->slice_size };
	struct qcow2_slice *slice;
	int ret;

	if (!wait) {
		if (offset + c->slice_size > qcow2_file_size(q->file) ||
		    blk_preadv_nowait(q->file, &iov, 1, offset))
			return -EAGAIN;
	}
	ret = qcow2_cache_evict_slice(q, c, &slice);
	if (ret)
		return ret;
	if (!slice)
		slice = qcow2_cache_add_slice(c);
	if (!slice)
		return -ENOMEM;
	if (wait)
		ret = qcow2_read_padded(q->file, slice->data, c->slice_size,
					offset);
	else
		memcpy(slice->data, c->scratch, c->slice_size);
	if (ret)
		qcow2_cache_remove_slice(c, slice);
	else
		*ret_slice = slice;
	return ret;
}

int qcow2_cache_get(struct qcow2 *q, struct qcow2_cache *c, uint64_t offset,
		    bool wait, struct qcow2_slice **ret_slice)
{
	struct qcow2_slice *slice = *qcow2_cache_bucket(c, offset);
	int ret;

	while (slice && slice->offset != offset)
		slice = slice->next;
	if (slice) {
		slice->used = true;
		*ret_slice = slice;
		return 0;
	}
	ret = qcow2_cache_load_slice(q, c, offset, wait, &slice);
	if (ret)
		return ret;
	slice->offset = offset;
	slice->used = true;
	qcow2_cache_link_slice(c, slice);
	*ret_slice = slice;
	return 0;
}

void qcow2_cache_drop(struct qcow2_cache *c, uint64_t offset, uint64_t len)
{
	struct qcow2_slice *slice;
	uint64_t end = offset + len;

	for (; offset < end; offset += c->slice_size) {
		slice = *qcow2_cache_bucket(c, offset);
		while (slice && slice->offset != offset)
			slice = slice->next;
		if (!slice)
			continue;
		if (slice->dirty)
			c->n_dirty--;
		qcow2_cache_unlink_slice(c, slice);
		qcow2_cache_remove_slice(c, slice);
	}
}

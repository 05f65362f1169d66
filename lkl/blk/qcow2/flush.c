// SPDX-License-Identifier: GPL-2.0-only
/*
 * flush.c - writes metadata in the order that qcow2.h explains.
 *
 * A flush copies the dirty metadata first, so that other threads can go on while
 * the host writes.  Their changes belong to data that this flush does not cover,
 * and the next flush writes them.
 */
#include <errno.h>
#include <stdlib.h>

#include "qcow2.h"

/* A copy of a piece of a table. */
struct qcow2_flush_piece {
	uint64_t offset;
	size_t len;
	unsigned char *data;
};

struct qcow2_flush_pieces {
	struct qcow2_flush_piece *at;
	size_t n;
	unsigned char *data; /* owned; the data of all pieces */
};

static void qcow2_flush_copy_l1(struct qcow2 *q, struct qcow2_flush_pieces *p,
				unsigned char *to)
{
	unsigned int sector, i, end;
	uint64_t entry;

	for (sector = 0; sector * QCOW2_L1_PER_SECTOR < q->l1_size; sector++) {
		if (!q->l1_dirty[sector])
			continue;
		i = sector * QCOW2_L1_PER_SECTOR;
		end = qcow2_min(i + QCOW2_L1_PER_SECTOR, q->l1_size);
		p->at[p->n].offset = q->l1_offset + (uint64_t)i * 8;
		p->at[p->n].len = (end - i) * 8;
		p->at[p->n++].data = to;
		for (; i < end; i++, to += 8) {
			entry = htobe64(q->l1[i]);
			memcpy(to, &entry, 8);
		}
		q->l1_dirty[sector] = 0;
	}
	q->n_l1_dirty = 0;
}

/* Copy all that stage 3 writes, and mark it clean. */
static int qcow2_flush_copy_tables(struct qcow2 *q, struct qcow2_flush_pieces *p)
{
	struct qcow2_cache *c = &q->l2s;
	size_t n = c->n_dirty + q->n_l1_dirty;
	struct qcow2_slice *slice;
	unsigned char *to;
	unsigned int i;

	p->at = malloc(n * sizeof(p->at[0]) + 1);
	p->data = malloc((size_t)c->n_dirty * c->slice_size +
			 q->n_l1_dirty * 512 + 1);
	if (!p->at || !p->data)
		return -ENOMEM;
	to = p->data;
	for (i = 0; i < c->n && c->n_dirty; i++) {
		slice = c->all[i];
		if (!slice->dirty)
			continue;
		p->at[p->n].offset = slice->offset;
		p->at[p->n].len = c->slice_size;
		p->at[p->n++].data = to;
		memcpy(to, slice->data, c->slice_size);
		to += c->slice_size;
		slice->dirty = false;
		slice->writing = true;
		c->n_dirty--;
	}
	if (q->n_l1_dirty)
		qcow2_flush_copy_l1(q, p, to);
	return 0;
}

/* After stage 3: if it failed, mark all of its metadata dirty again. */
static void qcow2_flush_settle_tables(struct qcow2 *q,
				      const struct qcow2_flush_pieces *p,
				      int ret)
{
	struct qcow2_cache *c = &q->l2s;
	struct qcow2_slice *slice;
	unsigned int sector;
	uint64_t offset;
	size_t i;

	for (i = 0; i < c->n; i++) {
		slice = c->all[i];
		if (slice->writing && ret)
			qcow2_cache_dirty(c, slice);
		slice->writing = false;
	}
	for (i = 0; ret && i < p->n; i++) {
		offset = p->at[i].offset;
		if (offset < q->l1_offset ||
		    offset >= q->l1_offset + (uint64_t)q->l1_size * 8)
			continue;
		sector = (offset - q->l1_offset) / 512;
		q->n_l1_dirty += !q->l1_dirty[sector];
		q->l1_dirty[sector] = 1;
	}
}

static int qcow2_flush_files(struct qcow2 *q)
{
	int ret = blk_flush(q->file);

	if (!ret && qcow2_has_data_file(q))
		ret = blk_flush(q->data);
	return ret;
}

static int qcow2_flush_write_piece(struct qcow2 *q,
				   const struct qcow2_flush_piece *p)
{
	return blk_pwrite(q->file, p->data, p->len, p->offset);
}

/* All three stages; only the flush of the first one is still to do. */
static int qcow2_flush_write_stages(struct qcow2 *q,
				    const struct qcow2_flush_piece *reftable,
				    const struct qcow2_flush_pieces *tables)
{
	size_t i;
	int ret;

	ret = qcow2_flush_files(q);
	if (!ret && reftable->data) {
		ret = qcow2_flush_write_piece(q, reftable);
		if (!ret)
			ret = blk_flush(q->file);
	}
	for (i = 0; i < tables->n && !ret; i++)
		ret = qcow2_flush_write_piece(q, &tables->at[i]);
	if (!ret && tables->n)
		ret = blk_flush(q->file);
	return ret;
}

/* With flush_lock and lock held; releases lock while it writes. */
static int qcow2_flush_store_tables(struct qcow2 *q)
{
	struct qcow2_runs freed = q->freed;
	struct qcow2_flush_pieces tables = { NULL, 0, NULL };
	struct qcow2_flush_piece reftable = { 0, 0, NULL };
	int ret;

	ret = qcow2_cache_write(q, &q->refblocks);
	if (!ret && q->reftable_dirty) {
		reftable.offset = q->reftable_offset;
		reftable.len = (size_t)q->reftable_size * 8;
		reftable.data = qcow2_encode_table(q->reftable,
						   q->reftable_size);
		ret = reftable.data ? 0 : -ENOMEM;
	}
	if (!ret)
		ret = qcow2_flush_copy_tables(q, &tables);
	if (ret)
		goto out;
	q->freed = (struct qcow2_runs){ NULL, 0, 0 };
	q->reftable_dirty = false;
	pthread_mutex_unlock(&q->lock);
	ret = qcow2_flush_write_stages(q, &reftable, &tables);
	lock_take(&q->lock);
	qcow2_flush_settle_tables(q, &tables, ret);
	if (ret) {
		q->reftable_dirty |= reftable.data != NULL;
		/* Keep the order in which they were given up. */
		qcow2_runs_move(&freed, &q->freed);
		q->freed = freed;
	} else {
		qcow2_frees_stored(q, &freed);
	}
out:
	free(reftable.data);
	free(tables.at);
	free(tables.data);
	return ret;
}

static bool qcow2_flush_is_needed(const struct qcow2 *q)
{
	return q->l2s.n_dirty || q->n_l1_dirty || q->refblocks.n_dirty ||
	       q->reftable_dirty || q->freed.n;
}

int qcow2_flush_metadata(struct qcow2 *q, bool sync_always)
{
	int ret = 0;

	lock_take(&q->flush_lock);
	lock_take(&q->lock);
	if (!q->corrupt)
		qcow2_frees_apply(q);
	/* Metadata that may be wrong stays in memory. */
	if (!q->corrupt && qcow2_flush_is_needed(q)) {
		ret = qcow2_flush_store_tables(q);
		/*
		 * Write the counts that went down just now.  With @sync_always
		 * they wait for the next flush.
		 */
		if (!ret && !sync_always)
			ret = qcow2_cache_write(q, &q->refblocks);
		sync_always = false;
	}
	if (!ret && q->corrupt)
		ret = -EIO;
	pthread_mutex_unlock(&q->lock);
	pthread_mutex_unlock(&q->flush_lock);
	if (sync_always && !ret)
		ret = qcow2_flush_files(q);
	return ret;
}

int qcow2_flush_if_much_is_dirty(struct qcow2 *q)
{
	bool due;

	lock_take(&q->lock);
	due = q->l2s.n_dirty > q->l2s.max / 2 || qcow2_frees_due(q);
	pthread_mutex_unlock(&q->lock);
	return due ? qcow2_flush_metadata(q, false) : 0;
}

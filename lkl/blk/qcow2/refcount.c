// SPDX-License-Identifier: GPL-2.0-only
/*
 * refcount.c - counts references to host clusters, and allocates free ones.
 *
 * Allocation takes the first free cluster, so the file grows only when it is
 * full.  Clusters without a refcount block are free, so a new refcount block
 * goes into the first cluster that it describes.  When the refcount table is
 * full, a longer one goes behind all clusters that the old one describes.
 */
#include <errno.h>
#include <stdlib.h>

#include "qcow2.h"

/* The file grows by this much at a time. */
#define GROW_STEP	(1ull << 20)

/* A new refcount table has one spare entry for so many used ones. */
#define TABLE_SPARE	2

uint64_t qcow2_refcount_at(const struct qcow2 *q, const unsigned char *data,
			   unsigned int index)
{
	unsigned int bits = 1u << q->refcount_order, shift;
	uint64_t n64;
	uint32_t n32;
	uint16_t n16;

	switch (q->refcount_order) {
	case 6:
		memcpy(&n64, data + (size_t)index * 8, 8);
		return be64toh(n64);
	case 5:
		memcpy(&n32, data + (size_t)index * 4, 4);
		return be32toh(n32);
	case 4:
		memcpy(&n16, data + (size_t)index * 2, 2);
		return be16toh(n16);
	case 3:
		return data[index];
	default:
		shift = index * bits % 8;
		return data[index * bits / 8] >> shift & ((1u << bits) - 1);
	}
}

void qcow2_refcount_put(const struct qcow2 *q, unsigned char *data,
			unsigned int index, uint64_t count)
{
	unsigned int bits = 1u << q->refcount_order, shift;
	unsigned char *p;
	uint64_t n64;
	uint32_t n32;
	uint16_t n16;

	switch (q->refcount_order) {
	case 6:
		n64 = htobe64(count);
		memcpy(data + (size_t)index * 8, &n64, 8);
		break;
	case 5:
		n32 = htobe32(count);
		memcpy(data + (size_t)index * 4, &n32, 4);
		break;
	case 4:
		n16 = htobe16(count);
		memcpy(data + (size_t)index * 2, &n16, 2);
		break;
	case 3:
		data[index] = count;
		break;
	default:
		shift = index * bits % 8;
		p = &data[index * bits / 8];
		*p = (*p & ~(((1u << bits) - 1) << shift)) | count << shift;
		break;
	}
}

int qcow2_read_reftable(struct qcow2 *q, struct lkl_error *err)
{
	unsigned char field[4];
	uint32_t clusters;
	size_t len;
	unsigned int i;
	int ret;

	ret = blk_pread(q->file, field, sizeof(field), QCOW2_AT_REFTABLE + 8);
	if (ret)
		return lkl_fail(err, ret, "cannot read its header: %m");
	memcpy(&clusters, field, 4);
	clusters = be32toh(clusters);
	/* The header was checked, but the file may have changed since. */
	if (!clusters || clusters > QCOW2_REFTABLE_MAX >> q->cluster_bits)
		return lkl_fail(err, -EINVAL, "refcount table: size of %u clusters is not possible",
				clusters);
	len = (size_t)clusters << q->cluster_bits;
	q->reftable_size = len / 8;
	q->reftable = malloc(len);
	if (!q->reftable)
		return lkl_fail(err, -ENOMEM, "out of memory");
	ret = qcow2_read_padded(q->file, q->reftable, len, q->reftable_offset);
	if (ret)
		return lkl_fail(err, ret, "cannot read the refcount table: %m");
	for (i = 0; i < q->reftable_size; i++) {
		q->reftable[i] = be64toh(q->reftable[i]) & ~511ull;
		if (q->reftable[i] & (q->cluster_size - 1) ||
		    q->reftable[i] >= q->file->size)
			return lkl_fail(err, -EINVAL,
					"refcount table: entry %u: refcount block at 0x%llx is %s: qemu-img check -r all may repair it",
					i, (unsigned long long)q->reftable[i],
					q->reftable[i] & (q->cluster_size - 1) ?
					"unaligned" : "past end of file");
	}
	return 0;
}

/* Grow the file so that it has clusters @first to @first + @n. */
static int qcow2_refcount_grow_file(struct qcow2 *q, uint64_t first, uint64_t n,
				    bool *ret_fresh)
{
	uint64_t offset = first << q->cluster_bits;
	uint64_t end = (first + n) << q->cluster_bits;
	uint64_t size = qcow2_file_size(q->file);
	int ret = 0;

	if (end > QCOW2_OFFSET_MAX)
		return -EFBIG;
	if (end > size) {
		ret = blk_grow(q->file, qcow2_align_up(end, GROW_STEP));
		if (ret)
			ret = blk_grow(q->file, end);
		if (ret)
			return ret;
	}
	*ret_fresh = offset >= q->zero_from;
	if (end > q->zero_from)
		q->zero_from = end;
	return 0;
}

int qcow2_refcount_slice(struct qcow2 *q, uint64_t cluster,
			 struct qcow2_slice **ret_slice,
			 unsigned int *ret_index, unsigned int *ret_entries)
{
	uint64_t at = cluster & ((1ull << q->refblock_bits) - 1);
	uint64_t block = q->reftable[cluster >> q->refblock_bits];

	*ret_entries = (q->refblocks.slice_size * 8) >> q->refcount_order;
	*ret_index = at % *ret_entries;
	return qcow2_cache_get(q, &q->refblocks,
			       block + at / *ret_entries *
			       q->refblocks.slice_size, true, ret_slice);
}

/* Clusters with a count of 0 must not be metadata. */
static int qcow2_refcount_check_free(struct qcow2 *q, uint64_t first, uint64_t n)
{
	uint64_t offset = first << q->cluster_bits;

	if (!qcow2_is_metadata(q, offset, n << q->cluster_bits))
		return 0;
	return qcow2_mark_corrupt(q,
				  "refcounts: metadata at 0x%llx is counted as free",
				  (unsigned long long)offset);
}

void *qcow2_encode_table(const uint64_t *table, unsigned int entries)
{
	uint64_t *raw = malloc(entries * sizeof(raw[0]));
	unsigned int i;

	for (i = 0; raw && i < entries; i++)
		raw[i] = htobe64(table[i]);
	return raw;
}

static int qcow2_reftable_write(struct qcow2 *q, const uint64_t *table,
				unsigned int entries, uint64_t offset)
{
	void *raw = qcow2_encode_table(table, entries);
	int ret;

	if (!raw)
		return -ENOMEM;
	ret = blk_pwrite(q->file, raw, entries * sizeof(table[0]), offset);
	free(raw);
	return ret;
}

/* Write a refcount block to cluster @at; its first @n counts are 1. */
static int qcow2_refblock_write_new(struct qcow2 *q, uint64_t at, uint64_t n)
{
	unsigned char *data = calloc(1, q->cluster_size);
	uint64_t i;
	int ret;

	if (!data)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		qcow2_refcount_put(q, data, i, 1);
	qcow2_cache_drop(&q->refblocks, at << q->cluster_bits,
			 q->cluster_size);
	ret = blk_pwrite(q->file, data, q->cluster_size,
			 at << q->cluster_bits);
	free(data);
	return ret;
}

static int qcow2_refblock_add(struct qcow2 *q, uint64_t index)
{
	uint64_t at = index << q->refblock_bits;
	bool fresh;
	int ret;

	ret = qcow2_refcount_check_free(q, at, 1);
	if (!ret)
		ret = qcow2_refcount_grow_file(q, at, 1, &fresh);
	if (!ret)
		ret = qcow2_refblock_write_new(q, at, 1);
	/* Last: if this fails, the next allocation tries the cluster again. */
	if (!ret)
		ret = qcow2_metadata_add(q, at << q->cluster_bits, 1);
	if (ret)
		return ret;
	q->reftable[index] = at << q->cluster_bits;
	q->reftable_dirty = true;
	return 0;
}

/* Write new refcount blocks and the new table behind them at @first. */
static int qcow2_reftable_write_new(struct qcow2 *q, uint64_t first,
				    uint64_t blocks, uint64_t table_clusters,
				    uint64_t *table, unsigned int entries)
{
	uint64_t per_block = 1ull << q->refblock_bits;
	uint64_t used = blocks + table_clusters, i, n;
	bool fresh;
	int ret;

	ret = qcow2_refcount_check_free(q, first, used);
	if (!ret)
		ret = qcow2_refcount_grow_file(q, first, used, &fresh);
	for (i = 0; i < blocks && !ret; i++) {
		n = qcow2_min(used - i * per_block, per_block);
		if (used <= i * per_block)
			n = 0;
		ret = qcow2_refblock_write_new(q, first + i, n);
		table[q->reftable_size + i] = (first + i) << q->cluster_bits;
	}
	if (!ret)
		ret = qcow2_reftable_write(q, table, entries,
					   (first + blocks) << q->cluster_bits);
	if (!ret)
		ret = blk_flush(q->file);
	if (!ret)
		ret = qcow2_metadata_add(q, first << q->cluster_bits,
					 used << q->cluster_bits);
	return ret;
}

/*
 * Let the header name another refcount table.  If the write fails, the header
 * may name either.  Both are correct now, but only until the next allocation,
 * so writing stops.
 */
static int qcow2_reftable_switch(struct qcow2 *q, uint64_t offset,
				 uint32_t clusters)
{
	unsigned char field[12];
	int ret;

	offset = htobe64(offset);
	clusters = htobe32(clusters);
	memcpy(field, &offset, 8);
	memcpy(field + 8, &clusters, 4);
	ret = blk_pwrite(q->file, field, sizeof(field), QCOW2_AT_REFTABLE);
	if (!ret)
		ret = blk_flush(q->file);
	if (ret) {
		q->corrupt = true;
		lkl_fail(&q->damage, ret, "cannot write its header: %m");
	}
	return ret;
}

static int qcow2_reftable_grow(struct qcow2 *q)
{
	uint64_t first = (uint64_t)q->reftable_size << q->refblock_bits;
	uint64_t per_block = 1ull << q->refblock_bits;
	uint64_t old_clusters = ((uint64_t)q->reftable_size * 8) >>
				q->cluster_bits;
	uint64_t entries, clusters, offset, blocks = 1;
	uint64_t *table;
	int ret;

	/* The table needs blocks that count it, and those need entries. */
	for (;;) {
		entries = q->reftable_size + blocks;
		entries += entries / TABLE_SPARE;
		clusters = (entries * 8 + q->cluster_size - 1) >>
			   q->cluster_bits;
		if (blocks * per_block >= blocks + clusters)
			break;
		blocks++;
	}
	if (clusters << q->cluster_bits > QCOW2_REFTABLE_MAX) {
		clusters = QCOW2_REFTABLE_MAX >> q->cluster_bits;
		if (clusters <= old_clusters)
			return -EFBIG;
	}
	entries = (clusters << q->cluster_bits) / 8;
	if (entries < q->reftable_size + blocks)
		return -EFBIG;
	table = calloc(entries, sizeof(table[0]));
	if (!table)
		return -ENOMEM;
	memcpy(table, q->reftable, q->reftable_size * sizeof(table[0]));
	offset = (first + blocks) << q->cluster_bits;
	ret = qcow2_reftable_write_new(q, first, blocks, clusters, table,
				       entries);
	if (!ret)
		ret = qcow2_reftable_switch(q, offset, clusters);
	if (ret) {
		free(table);
		return ret;
	}
	qcow2_metadata_remove(q, q->reftable_offset,
			      old_clusters << q->cluster_bits);
	qcow2_free_later(q, q->reftable_offset >> q->cluster_bits,
			 old_clusters, false);
	free(q->reftable);
	q->reftable = table;
	q->reftable_size = entries;
	q->reftable_offset = offset;
	q->reftable_dirty = false;
	return 0;
}

/* Find the first free cluster at or after the hint. */
static int qcow2_refcount_find_free(struct qcow2 *q,
				    struct qcow2_slice **ret_slice,
				    unsigned int *ret_index,
				    unsigned int *ret_entries)
{
	unsigned int i, entries;
	struct qcow2_slice *slice;
	uint64_t block;
	int ret;

	for (;;) {
		block = q->free_hint >> q->refblock_bits;
		if (block >= q->reftable_size) {
			ret = qcow2_reftable_grow(q);
			if (ret)
				return ret;
			continue;
		}
		if (!q->reftable[block]) {
			ret = qcow2_refblock_add(q, block);
			if (ret)
				return ret;
		}
		ret = qcow2_refcount_slice(q, q->free_hint, &slice, &i, &entries);
		if (ret)
			return ret;
		while (i < entries && qcow2_refcount_at(q, slice->data, i)) {
			i++;
			q->free_hint++;
		}
		if (i < entries) {
			*ret_slice = slice;
			*ret_index = i;
			*ret_entries = entries;
			return 0;
		}
	}
}

int qcow2_alloc_clusters(struct qcow2 *q, uint64_t want, uint64_t *ret_offset,
			 uint64_t *ret_n, bool *ret_fresh)
{
	struct qcow2_slice *slice;
	unsigned int i, entries;
	uint64_t first, n, done;
	int ret;

	ret = qcow2_refcount_find_free(q, &slice, &i, &entries);
	if (ret)
		return ret;
	first = q->free_hint;
	for (n = 1; n < want && i + n < entries; n++)
		if (qcow2_refcount_at(q, slice->data, i + n))
			break;
	ret = qcow2_refcount_check_free(q, first, n);
	if (!ret)
		ret = qcow2_refcount_grow_file(q, first, n, ret_fresh);
	if (ret)
		return ret;
	for (done = 0; done < n; done++)
		qcow2_refcount_put(q, slice->data, i + done, 1);
	qcow2_cache_dirty(&q->refblocks, slice);
	q->free_hint = first + n;
	*ret_offset = first << q->cluster_bits;
	*ret_n = n;
	return 0;
}

int qcow2_alloc_table(struct qcow2 *q, uint64_t *ret_offset)
{
	uint64_t offset, n;
	bool fresh;
	int ret;

	ret = qcow2_alloc_clusters(q, 1, &offset, &n, &fresh);
	if (ret)
		return ret;
	qcow2_cache_drop(&q->l2s, offset, q->cluster_size);
	qcow2_cache_drop(&q->refblocks, offset, q->cluster_size);
	if (!fresh)
		ret = blk_write_zeroes(q->file, offset, q->cluster_size,
				       false);
	if (ret) {
		qcow2_refcount_drop(q, offset >> q->cluster_bits, 1, false);
		return ret;
	}
	*ret_offset = offset;
	return 0;
}

/* Discard free clusters; it is only a hint. */
static void qcow2_refcount_punch_run(struct qcow2 *q, uint64_t first, uint64_t n)
{
	uint64_t offset = first << q->cluster_bits;
	uint64_t size = qcow2_file_size(q->file);

	if (n && offset < size)
		blk_discard(q->file, offset,
			    qcow2_min(n << q->cluster_bits, size - offset));
}

int qcow2_refcount_drop(struct qcow2 *q, uint64_t first, uint64_t n,
			bool punch)
{
	uint64_t end = first + n, count, run = first, block;
	struct qcow2_slice *slice;
	unsigned int i, entries;
	int ret;

	while (first < end) {
		block = first >> q->refblock_bits;
		if (block >= q->reftable_size || !q->reftable[block])
			goto bad;
		ret = qcow2_refcount_slice(q, first, &slice, &i, &entries);
		if (ret)
			return ret;
		for (; first < end && i < entries; i++, first++) {
			count = qcow2_refcount_at(q, slice->data, i);
			if (!count)
				goto bad;
			qcow2_refcount_put(q, slice->data, i, count - 1);
			qcow2_cache_dirty(&q->refblocks, slice);
			if (count > 1) {
				if (punch)
					qcow2_refcount_punch_run(q, run,
								 first - run);
				run = first + 1;
			} else if (first < q->free_hint) {
				q->free_hint = first;
			}
		}
	}
	if (punch)
		qcow2_refcount_punch_run(q, run, first - run);
	return 0;
bad:
	return qcow2_mark_corrupt(q,
				  "refcounts: cluster at 0x%llx is in use and counted as free",
				  (unsigned long long)first << q->cluster_bits);
}

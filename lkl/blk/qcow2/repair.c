// SPDX-License-Identifier: GPL-2.0-only
/*
 * repair.c - recounts the refcounts of a dirty image.
 *
 * A program with lazy refcounts sets the dirty bit and does not update refcounts
 * until it closes the image.  If it crashed, this file counts all references to
 * clusters and corrects the refcounts and the copied bits, before anything is
 * allocated.  The dirty bit stays set until that is stored, so an interrupted
 * repair starts again.
 *
 * Other damage is not repaired.  An image with references out of bounds is
 * refused, and the message names qemu-img check.
 */
#include <errno.h>
#include <stdlib.h>

#include "qcow2.h"

/* The most clusters to count: 4 TiB of 64 KiB each, in 256 MiB of memory. */
#define CLUSTERS_MAX	(64ull << 20)
/* The most bytes of tables to read: a hundred snapshots of a full TiB. */
#define TABLES_MAX	(16ull << 30)

#define HOW_TO		"qemu-img check -r all may repair it"

struct qcow2_repair_state {
	uint32_t *at;
	uint64_t n;			/* clusters of the file */
	uint64_t max;			/* that a refcount can hold */
	uint64_t tables;		/* bytes of tables read */
	unsigned char *table;		/* one L2 table */
};

static int qcow2_repair_refuse(struct lkl_error *err, const char *what,
			       uint64_t offset)
{
	return lkl_fail(err, -EROFS,
			"was not closed properly and cannot be written to: %s at 0x%llx: " HOW_TO,
			what, (unsigned long long)offset);
}

static int qcow2_repair_count(const struct qcow2 *q,
			      struct qcow2_repair_state *c, const char *what,
			      uint64_t offset, uint64_t len,
			      struct lkl_error *err)
{
	uint64_t i = offset >> q->cluster_bits;
	uint64_t end = (offset + len + q->cluster_size - 1) >> q->cluster_bits;

	if (offset >= QCOW2_OFFSET_MAX || end > c->n)
		return qcow2_repair_refuse(err, what, offset);
	for (; i < end; i++)
		if (++c->at[i] > c->max)
			return qcow2_repair_refuse(err, what, offset);
	return 0;
}

static int qcow2_repair_count_aligned(const struct qcow2 *q,
				      struct qcow2_repair_state *c,
				      const char *what, uint64_t offset,
				      uint64_t len, struct lkl_error *err)
{
	if (offset & (q->cluster_size - 1))
		return qcow2_repair_refuse(err, what, offset);
	return qcow2_repair_count(q, c, what, offset, len, err);
}

static uint64_t qcow2_repair_table_entry(const struct qcow2 *q,
					 const unsigned char *table,
					 unsigned int i)
{
	uint64_t entry;

	memcpy(&entry, table + (size_t)i * q->entry_size, 8);
	return be64toh(entry);
}

static int qcow2_repair_count_l2(struct qcow2 *q, struct qcow2_repair_state *c,
				 uint64_t offset, struct lkl_error *err)
{
	uint64_t entry, at, len;
	unsigned int i;
	int ret;

	ret = qcow2_repair_count_aligned(q, c, "an L2 table", offset,
					 q->cluster_size, err);
	if (ret)
		return ret;
	c->tables += q->cluster_size;
	if (c->tables > TABLES_MAX)
		return lkl_fail(err, -EROFS,
				"was not closed properly, and has too many tables to be repaired: "
				HOW_TO);
	ret = qcow2_read_padded(q->file, c->table, q->cluster_size, offset);
	if (ret)
		return lkl_fail(err, ret, "cannot read an L2 table: %m");
	for (i = 0; i < 1u << q->l2_bits && !ret; i++) {
		entry = qcow2_repair_table_entry(q, c->table, i);
		if (entry & QCOW2_COMPRESSED) {
			qcow2_compressed_range(q, entry, &at, &len);
			len = qcow2_min(len, q->file->size -
					qcow2_min(at, q->file->size));
			ret = qcow2_repair_count(q, c, "a compressed cluster",
						 at, len ? len : 1, err);
		} else if (entry & QCOW2_OFFSET_MASK &&
			   !qcow2_has_data_file(q)) {
			ret = qcow2_repair_count_aligned(q, c, "a cluster",
							 entry & QCOW2_OFFSET_MASK,
							 q->cluster_size, err);
		}
	}
	return ret;
}

static int qcow2_repair_count_l1(struct qcow2 *q, struct qcow2_repair_state *c,
				 const uint64_t *l1, unsigned int n,
				 struct lkl_error *err)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < n && !ret; i++)
		if (l1[i] & QCOW2_OFFSET_MASK)
			ret = qcow2_repair_count_l2(q, c,
						    l1[i] & QCOW2_OFFSET_MASK,
						    err);
	return ret;
}

static int qcow2_repair_count_snapshot(struct qcow2 *q, uint64_t l1_offset,
				       unsigned int l1_size, void *arg,
				       struct lkl_error *err)
{
	struct qcow2_repair_state *c = arg;
	uint64_t *l1 = malloc((size_t)l1_size * 8);
	unsigned int i;
	int ret;

	if (!l1)
		return lkl_fail(err, -ENOMEM, "out of memory");
	ret = qcow2_read_padded(q->file, l1, (size_t)l1_size * 8, l1_offset);
	if (ret)
		lkl_fail(err, ret, "cannot read the L1 table of a snapshot: %m");
	for (i = 0; i < l1_size; i++)
		l1[i] = be64toh(l1[i]);
	if (!ret)
		ret = qcow2_repair_count_aligned(q, c,
						 "the L1 table of a snapshot",
						 l1_offset,
						 (uint64_t)l1_size * 8, err);
	if (!ret)
		ret = qcow2_repair_count_l1(q, c, l1, l1_size, err);
	free(l1);
	return ret;
}

static int qcow2_repair_count_all(struct qcow2 *q, struct qcow2_repair_state *c,
				  struct lkl_error *err)
{
	uint64_t len;
	unsigned int i;
	int ret;

	ret = qcow2_repair_count(q, c, "the header", 0, q->cluster_size, err);
	if (!ret)
		ret = qcow2_repair_count(q, c, "the L1 table", q->l1_offset,
					 (uint64_t)q->l1_size * 8, err);
	if (!ret)
		ret = qcow2_repair_count(q, c, "the refcount table",
					 q->reftable_offset,
					 (uint64_t)q->reftable_size * 8, err);
	for (i = 0; i < q->reftable_size && !ret; i++)
		if (q->reftable[i])
			ret = qcow2_repair_count(q, c, "a refcount block",
						 q->reftable[i],
						 q->cluster_size, err);
	if (!ret)
		ret = qcow2_repair_count_l1(q, c, q->l1, q->l1_size, err);
	if (!ret && q->n_snapshots) {
		ret = qcow2_each_snapshot(q, qcow2_repair_count_snapshot, c,
					  &len, err);
		if (!ret)
			ret = qcow2_repair_count(q, c, "the snapshot table",
						 q->snapshots_offset, len, err);
	}
	return ret;
}

/* Add refcount blocks for used clusters without one, in free clusters. */
static int qcow2_repair_add_refblocks(struct qcow2 *q,
				      struct qcow2_repair_state *c,
				      struct lkl_error *err)
{
	/* A cluster behind all that the table describes cannot be counted. */
	uint64_t end = qcow2_min(c->n, (uint64_t)q->reftable_size <<
				       q->refblock_bits);
	uint64_t i, block, at = 0;
	int ret;

	for (i = 0; i < c->n; i++) {
		block = i >> q->refblock_bits;
		if (!c->at[i] || (block < q->reftable_size &&
				  q->reftable[block]))
			continue;
		if (block >= q->reftable_size)
			return qcow2_repair_refuse(err,
						   "a cluster without refcount",
						   i << q->cluster_bits);
		while (at < end && (c->at[at] ||
				    !q->reftable[at >> q->refblock_bits]))
			at++;
		if (at == end)
			return qcow2_repair_refuse(err,
						   "a cluster without refcount",
						   i << q->cluster_bits);
		ret = blk_write_zeroes(q->file, at << q->cluster_bits,
				       q->cluster_size, false);
		if (!ret)
			ret = qcow2_metadata_add(q, at << q->cluster_bits,
						 q->cluster_size);
		if (ret)
			return lkl_fail(err, ret,
					"cannot write a refcount block: %m");
		c->at[at] = 1;
		q->reftable[block] = at << q->cluster_bits;
		q->reftable_dirty = true;
	}
	return 0;
}

static int qcow2_repair_write_counts(struct qcow2 *q,
				     const struct qcow2_repair_state *c,
				     struct lkl_error *err)
{
	const uint64_t per_block = 1ull << q->refblock_bits;
	struct qcow2_slice *slice;
	unsigned int i, entries;
	uint64_t cluster, block, want;
	int ret;

	for (block = 0; block < q->reftable_size; block++) {
		if (!q->reftable[block])
			continue;
		cluster = block * per_block;
		while (cluster < (block + 1) * per_block) {
			ret = qcow2_refcount_slice(q, cluster, &slice, &i,
						   &entries);
			if (ret)
				return lkl_fail(err, ret,
						"cannot read refcounts: %m");
			for (; i < entries; i++, cluster++) {
				want = cluster < c->n ? c->at[cluster] : 0;
				if (qcow2_refcount_at(q, slice->data, i) ==
				    want)
					continue;
				qcow2_refcount_put(q, slice->data, i, want);
				qcow2_cache_dirty(&q->refblocks, slice);
			}
		}
	}
	return 0;
}

static uint64_t qcow2_repair_with_copied(const struct qcow2 *q,
					 const struct qcow2_repair_state *c,
					 uint64_t entry)
{
	uint64_t offset = entry & QCOW2_OFFSET_MASK;

	if (offset && c->at[offset >> q->cluster_bits] == 1)
		return entry | QCOW2_COPIED;
	return entry & ~QCOW2_COPIED;
}

/* Correct the copied bits of one L2 table. */
static int qcow2_repair_copied_of_l2(struct qcow2 *q,
				     const struct qcow2_repair_state *c,
				     unsigned int index)
{
	uint64_t first = (uint64_t)index << q->l2_bits, i;
	struct qcow2_slice *slice;
	struct qcow2_entry e;
	unsigned int at;
	uint64_t desc;
	int ret;

	/* A snapshot shares the table: the first write copies it. */
	if (!(q->l1[index] & QCOW2_COPIED) || qcow2_has_data_file(q))
		return 0;
	for (i = 0; i < 1ull << q->l2_bits; i++) {
		ret = qcow2_l2_find(q, first + i, true, &slice, &at);
		if (ret)
			return ret;
		e = qcow2_l2_entry(q, slice, at);
		desc = e.desc & QCOW2_COMPRESSED ?
			       e.desc :
			       qcow2_repair_with_copied(q, c, e.desc);
		if (desc != e.desc) {
			e.desc = desc;
			qcow2_l2_set(q, slice, at, e);
		}
	}
	return 0;
}

static int qcow2_repair_copied_bits(struct qcow2 *q,
				    const struct qcow2_repair_state *c,
				    struct lkl_error *err)
{
	uint64_t entry;
	unsigned int i;
	int ret;

	for (i = 0; i < q->l1_size; i++) {
		if (!(q->l1[i] & QCOW2_OFFSET_MASK))
			continue;
		entry = qcow2_repair_with_copied(q, c, q->l1[i]);
		if (entry != q->l1[i])
			qcow2_l1_set(q, i, entry);
		ret = qcow2_repair_copied_of_l2(q, c, i);
		if (!ret)
			ret = qcow2_flush_if_much_is_dirty(q);
		if (ret)
			return lkl_fail(err, ret, "cannot repair L2 tables: %m");
	}
	return 0;
}

static int qcow2_repair(struct qcow2 *q, struct qcow2_repair_state *c,
			struct lkl_error *err)
{
	int ret;

	c->at = calloc(c->n, sizeof(c->at[0]));
	c->table = malloc(q->cluster_size);
	if (!c->at || !c->table)
		return lkl_fail(err, -ENOMEM, "out of memory");
	ret = qcow2_repair_count_all(q, c, err);
	if (!ret)
		ret = qcow2_repair_add_refblocks(q, c, err);
	if (!ret)
		ret = qcow2_repair_write_counts(q, c, err);
	if (!ret)
		ret = qcow2_repair_copied_bits(q, c, err);
	if (ret)
		return ret;
	ret = qcow2_flush_metadata(q, true);
	if (!ret)
		ret = qcow2_write_incompatible(q, q->incompatible &
					       ~QCOW2_INCOMPAT_DIRTY);
	if (!ret)
		ret = blk_flush(q->file);
	return ret ? lkl_fail(err, ret, "cannot store its refcounts: %m") : 0;
}

int qcow2_rebuild_refcounts(struct qcow2 *q, struct lkl_error *err)
{
	struct qcow2_repair_state c = {
		.n = qcow2_align_up(q->file->size, q->cluster_size) >>
		     q->cluster_bits,
		.max = q->refcount_order < 5 ?
			       (1ull << (1u << q->refcount_order)) - 1 :
			       UINT32_MAX,
	};
	int ret;

	if (c.n > CLUSTERS_MAX)
		return lkl_fail(err, -EROFS,
				"was not closed properly, and is too large to be repaired: "
				HOW_TO);
	if (q->n_bitmaps)
		return lkl_fail(err, -EROFS,
				"was not closed properly, and has bitmaps: "
				HOW_TO);
	ret = qcow2_repair(q, &c, err);
	free(c.at);
	free(c.table);
	return ret;
}

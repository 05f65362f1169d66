// SPDX-License-Identifier: GPL-2.0-only
/*
 * l2.c - the L1 table and L2 tables: where guest clusters are.
 *
 * The L1 table is in memory; slices of L2 tables are cached.  The unit is a
 * subcluster with extended entries.  Without them a cluster is treated as one
 * subcluster.
 */
#include <errno.h>
#include <stdlib.h>

#include "qcow2.h"

int qcow2_read_l1(struct qcow2 *q, struct lkl_error *err)
{
	size_t len = (size_t)q->l1_size * 8;
	unsigned int i;
	int ret;

	q->l1 = malloc(len);
	q->l1_dirty = calloc(1, q->l1_size / QCOW2_L1_PER_SECTOR + 1);
	if (!q->l1 || !q->l1_dirty)
		return lkl_fail(err, -ENOMEM, "out of memory");
	ret = qcow2_read_padded(q->file, q->l1, len, q->l1_offset);
	if (ret)
		return lkl_fail(err, ret, "cannot read the L1 table: %m");
	for (i = 0; i < q->l1_size; i++)
		q->l1[i] = be64toh(q->l1[i]);
	return 0;
}

void qcow2_l1_set(struct qcow2 *q, unsigned int index, uint64_t entry)
{
	q->l1[index] = entry;
	q->n_l1_dirty += !q->l1_dirty[index / QCOW2_L1_PER_SECTOR];
	q->l1_dirty[index / QCOW2_L1_PER_SECTOR] = 1;
}

/* Without @wait, -EAGAIN: a caller that may wait then reports the damage. */
static int qcow2_l1_check_entry(struct qcow2 *q, unsigned int index, bool wait)
{
	uint64_t offset = q->l1[index] & QCOW2_OFFSET_MASK;

	if (!(offset & (q->cluster_size - 1)) &&
	    offset < qcow2_file_size(q->file))
		return 0;
	if (!wait)
		return -EAGAIN;
	return qcow2_mark_corrupt(q,
				  "L1 table: entry %u: L2 table at 0x%llx is %s",
				  index, (unsigned long long)offset,
				  offset & (q->cluster_size - 1) ?
					  "unaligned" :
					  "past end of file");
}

int qcow2_l2_find(struct qcow2 *q, uint64_t cluster, bool wait,
		  struct qcow2_slice **ret_slice, unsigned int *ret_index)
{
	uint64_t at = cluster & ((1ull << q->l2_bits) - 1);
	uint64_t l1_index = cluster >> q->l2_bits, table;
	unsigned int entries = qcow2_slice_entries(q);
	int ret;

	*ret_slice = NULL;
	*ret_index = at % entries;
	table = q->l1[l1_index] & QCOW2_OFFSET_MASK;
	if (!table)
		return 0;
	ret = qcow2_l1_check_entry(q, l1_index, wait);
	if (ret)
		return ret;
	return qcow2_cache_get(q, &q->l2s,
			       table + at / entries * q->l2s.slice_size, wait,
			       ret_slice);
}

struct qcow2_entry qcow2_l2_entry(const struct qcow2 *q,
				  const struct qcow2_slice *slice,
				  unsigned int index)
{
	const unsigned char *p = slice->data + (size_t)index * q->entry_size;
	struct qcow2_entry e = { 0, 0 };

	memcpy(&e.desc, p, 8);
	e.desc = be64toh(e.desc);
	if (q->ext_l2) {
		memcpy(&e.bitmap, p + 8, 8);
		e.bitmap = be64toh(e.bitmap);
	} else if (q->version < 3 && !(e.desc & QCOW2_COMPRESSED)) {
		e.desc &= ~QCOW2_ZERO;
	}
	return e;
}

void qcow2_l2_set(struct qcow2 *q, struct qcow2_slice *slice,
		  unsigned int index, struct qcow2_entry entry)
{
	unsigned char *p = slice->data + (size_t)index * q->entry_size;

	entry.desc = htobe64(entry.desc);
	entry.bitmap = htobe64(entry.bitmap);
	memcpy(p, &entry.desc, 8);
	if (q->ext_l2)
		memcpy(p + 8, &entry.bitmap, 8);
	qcow2_cache_dirty(&q->l2s, slice);
}

static int qcow2_l2_check_host_offset(struct qcow2 *q, uint64_t host,
				      uint64_t cluster, bool wait)
{
	const char *what = NULL;

	if (host & (q->cluster_size - 1))
		what = "unaligned";
	else if (qcow2_has_data_file(q) && host != cluster << q->cluster_bits)
		what = "not where the data file has it";
	else if (!qcow2_has_data_file(q) && host == 0)
		what = "in the header";
	if (!what)
		return 0;
	if (!wait)
		return -EAGAIN;
	return qcow2_mark_corrupt(q,
				  "L2 table: guest offset 0x%llx: cluster at 0x%llx is %s",
				  (unsigned long long)cluster << q->cluster_bits,
				  (unsigned long long)host, what);
}

/* Decode what subcluster @sub of guest @cluster is, by itself. */
static int qcow2_l2_decode_entry(struct qcow2 *q, struct qcow2_entry e,
				 uint64_t cluster, unsigned int sub, bool wait,
				 struct qcow2_extent *ret_extent)
{
	uint64_t host = qcow2_entry_host(&e);
	bool allocated, zero;
	int ret;

	ret_extent->entry = 0;
	ret_extent->host = 0;
	ret_extent->copied = false;
	if (e.desc & QCOW2_COMPRESSED) {
		if (qcow2_has_data_file(q))
			return !wait ? -EAGAIN :
				       qcow2_mark_corrupt(q,
							  "L2 table: compressed cluster in a data file");
		ret_extent->type = QCOW2_TYPE_COMPRESSED;
		ret_extent->entry = e.desc;
		return 0;
	}
	if (q->ext_l2) {
		allocated = e.bitmap >> sub & 1;
		zero = e.bitmap >> (sub + QCOW2_SUBCLUSTERS) & 1;
		if (allocated && zero)
			return !wait ? -EAGAIN :
				       qcow2_mark_corrupt(q,
							  "L2 table: guest offset 0x%llx: subcluster %u is both allocated and zero",
							  (unsigned long long)cluster
								  << q->cluster_bits,
							  sub);
	} else {
		zero = e.desc & QCOW2_ZERO;
		allocated = host || (qcow2_has_data_file(q) &&
				     (e.desc & QCOW2_COPIED));
	}
	if (zero || !allocated) {
		ret_extent->type = zero ? QCOW2_TYPE_ZERO : QCOW2_TYPE_HOLE;
		return 0;
	}
	ret = qcow2_l2_check_host_offset(q, host, cluster, wait);
	if (ret)
		return ret;
	ret_extent->type = QCOW2_TYPE_DATA;
	ret_extent->host = host + ((uint64_t)sub << q->sub_bits);
	ret_extent->copied = e.desc & QCOW2_COPIED;
	return 0;
}

/* Whether @next continues @ext. */
static bool qcow2_l2_extent_continues(const struct qcow2_extent *ext,
				      const struct qcow2_extent *next)
{
	if (!ext->len)
		return true;
	if (ext->type != next->type)
		return false;
	switch (ext->type) {
	case QCOW2_TYPE_DATA:
		return ext->copied == next->copied &&
		       ext->host + ext->len == next->host;
	case QCOW2_TYPE_COMPRESSED:
		return ext->entry == next->entry;
	default:
		return true;
	}
}

/* Extend @ext by the entries of one slice.  Clear *@more at its end. */
static int qcow2_l2_lookup_in_slice(struct qcow2 *q,
				    const struct qcow2_slice *slice,
				    unsigned int index, uint64_t offset,
				    uint64_t len, bool wait,
				    struct qcow2_extent *ext, bool *more)
{
	const uint64_t sub_size = 1ull << q->sub_bits;
	uint64_t in_cluster, piece, cluster;
	struct qcow2_extent next;
	struct qcow2_entry e;
	int ret;

	for (; len && index < qcow2_slice_entries(q); index++) {
		e = qcow2_l2_entry(q, slice, index);
		cluster = offset >> q->cluster_bits;
		do {
			in_cluster = offset & (q->cluster_size - 1);
			ret = qcow2_l2_decode_entry(q, e, cluster,
						    in_cluster >> q->sub_bits,
						    wait, &next);
			if (ret)
				return ret;
			/* @offset may be within the subcluster. */
			if (next.type == QCOW2_TYPE_DATA)
				next.host += offset & (sub_size - 1);
			if (!qcow2_l2_extent_continues(ext, &next)) {
				*more = false;
				return 0;
			}
			piece = sub_size - (offset & (sub_size - 1));
			if (next.type == QCOW2_TYPE_COMPRESSED)
				piece = q->cluster_size - in_cluster;
			piece = qcow2_min(piece, len);
			if (ext->len)
				next.host = ext->host;
			next.len = ext->len + piece;
			*ext = next;
			offset += piece;
			len -= piece;
		} while (len && offset & (q->cluster_size - 1));
		/* A compressed cluster is an extent of its own. */
		if (ext->type == QCOW2_TYPE_COMPRESSED) {
			*more = false;
			return 0;
		}
	}
	return 0;
}

int qcow2_lookup(struct qcow2 *q, uint64_t offset, uint64_t len, bool wait,
		 struct qcow2_extent *ret_extent)
{
	struct qcow2_extent ext = { .len = 0 };
	const struct qcow2_extent hole = { .type = QCOW2_TYPE_HOLE };
	uint64_t span, before, at;
	struct qcow2_slice *slice;
	unsigned int index;
	bool more = true;
	int ret = 0;

	while (more && ext.len < len) {
		at = offset + ext.len;
		ret = qcow2_l2_find(q, at >> q->cluster_bits, wait, &slice,
				    &index);
		if (ret)
			break;
		if (slice) {
			before = ext.len;
			ret = qcow2_l2_lookup_in_slice(q, slice, index, at,
						       len - before, wait, &ext,
						       &more);
			if (ret)
				break;
			continue;
		}
		if (!qcow2_l2_extent_continues(&ext, &hole))
			break;
		/* The missing table makes its whole range a hole. */
		span = 1ull << (q->l2_bits + q->cluster_bits);
		span -= at & (span - 1);
		before = ext.len;
		ext = hole;
		ext.len = before + qcow2_min(span, len - before);
	}
	/* An error after the extent does not matter for it. */
	if (ret && !ext.len)
		return ret;
	*ret_extent = ext;
	return 0;
}

/* Make or copy the L2 table of entry @index of the L1 table. */
static int qcow2_l2_new_table(struct qcow2 *q, unsigned int index)
{
	uint64_t old = q->l1[index] & QCOW2_OFFSET_MASK, offset;
	unsigned char *copy = NULL;
	int ret;

	if (old) {
		ret = qcow2_l1_check_entry(q, index, true);
		if (ret)
			return ret;
		copy = malloc(q->cluster_size);
		if (!copy)
			return -ENOMEM;
		/* The cache has no newer data, as a shared table is not written to. */
		ret = qcow2_read_padded(q->file, copy, q->cluster_size, old);
		if (ret)
			goto out;
	}
	ret = qcow2_alloc_table(q, &offset);
	if (ret)
		goto out;
	if (copy)
		ret = blk_pwrite(q->file, copy, q->cluster_size, offset);
	if (!ret)
		ret = qcow2_metadata_add(q, offset, q->cluster_size);
	if (ret) {
		qcow2_refcount_drop(q, offset >> q->cluster_bits, 1, false);
		goto out;
	}
	qcow2_l1_set(q, index, offset | QCOW2_COPIED);
	if (old) {
		qcow2_metadata_remove(q, old, q->cluster_size);
		qcow2_free_later(q, old >> q->cluster_bits, 1, false);
	}
out:
	free(copy);
	return ret;
}

int qcow2_l2_writable(struct qcow2 *q, uint64_t cluster,
		      struct qcow2_slice **ret_slice, unsigned int *ret_index)
{
	unsigned int l1_index = cluster >> q->l2_bits;
	int ret;

	if (!(q->l1[l1_index] & QCOW2_COPIED) ||
	    !(q->l1[l1_index] & QCOW2_OFFSET_MASK)) {
		ret = qcow2_l2_new_table(q, l1_index);
		if (ret)
			return ret;
	}
	return qcow2_l2_find(q, cluster, true, ret_slice, ret_index);
}

int qcow2_entry_free(struct qcow2 *q, struct qcow2_entry old, bool punch)
{
	uint64_t first, last, offset, len;

	if (qcow2_has_data_file(q))
		return 0;
	if (old.desc & QCOW2_COMPRESSED) {
		qcow2_compressed_range(q, old.desc, &offset, &len);
		first = offset >> q->cluster_bits;
		last = (offset + len - 1) >> q->cluster_bits;
		qcow2_free_later(q, first, last - first + 1, punch);
	} else if (qcow2_entry_host(&old)) {
		if (qcow2_entry_host(&old) & (q->cluster_size - 1))
			return qcow2_mark_corrupt(q,
						  "L2 table: cluster at 0x%llx is unaligned",
						  (unsigned long long)
							  qcow2_entry_host(&old));
		qcow2_free_later(q, qcow2_entry_host(&old) >> q->cluster_bits,
				 1, punch);
	}
	return 0;
}

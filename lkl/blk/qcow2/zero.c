// SPDX-License-Identifier: GPL-2.0-only
/*
 * zero.c - zeroes and discards change L2 entries.
 *
 * Zeroes are written as data only for parts of clusters, in version 2, which has no
 * zero clusters, and in raw data files, which must read as zeroes without tables.
 */
#include <errno.h>
#include <stdlib.h>

#include "qcow2.h"

/* The longest single write of zeroes. */
#define ZERO_BYTES	(256u << 10)

enum qcow2_zero_mode {
	ZERO_KEEP, /* zeroes; keep the cluster */
	ZERO_UNMAP,
	DISCARD,
};

static int qcow2_write_zero_bytes(struct qcow2 *q, uint64_t offset, uint64_t len)
{
	size_t room = qcow2_min(len, ZERO_BYTES);
	unsigned char *zeroes = calloc(1, room ? room : 1);
	struct iovec iov;
	int ret = 0;

	if (!zeroes)
		return -ENOMEM;
	while (len && !ret) {
		iov.iov_base = zeroes;
		iov.iov_len = qcow2_min(len, room);
		ret = qcow2_pwritev(&q->blk, &iov, 1, offset);
		offset += iov.iov_len;
		len -= iov.iov_len;
	}
	free(zeroes);
	return ret;
}

static bool qcow2_is_backed(const struct qcow2 *q, uint64_t offset)
{
	return !qcow2_hole_is_zero(q, offset & ~(q->cluster_size - 1));
}

/*
 * Change the entry for guest @offset.  Returns false if it stays the same.
 * @ret_gone: the entry drops its cluster
 */
static bool qcow2_zero_change_entry(const struct qcow2 *q,
				    enum qcow2_zero_mode mode, uint64_t offset,
				    struct qcow2_entry *e, bool *ret_gone)
{
	struct qcow2_entry old = *e;
	bool place = old.desc & QCOW2_COMPRESSED || qcow2_entry_host(&old) ||
		     (qcow2_has_data_file(q) && old.desc & QCOW2_COPIED);
	bool backed = qcow2_is_backed(q, offset), keep;

	if (!place && (mode == DISCARD || (!backed && !old.desc && !old.bitmap)))
		return false;
	if (q->version < 3) {
		if (backed || !place)
			return false;
		*e = (struct qcow2_entry){ 0, 0 };
		*ret_gone = true;
		return true;
	}
	keep = mode == ZERO_KEEP && place && old.desc & QCOW2_COPIED &&
	       !(old.desc & QCOW2_COMPRESSED);
	e->desc = keep ? qcow2_entry_host(&old) | QCOW2_COPIED : 0;
	e->bitmap = 0;
	if (keep || backed || mode != DISCARD) {
		if (q->ext_l2)
			e->bitmap = QCOW2_SUB_ZERO;
		else
			e->desc |= QCOW2_ZERO;
	}
	*ret_gone = place && !keep;
	return old.desc != e->desc || old.bitmap != e->bitmap;
}

/* Zero some subclusters; false: zeroes must be written instead. */
static bool qcow2_zero_change_subclusters(const struct qcow2 *q,
					  struct qcow2_entry *e, uint64_t from,
					  uint64_t to)
{
	uint64_t mask;

	if (e->desc & QCOW2_COMPRESSED)
		return false;
	from = (from & (q->cluster_size - 1)) >> q->sub_bits;
	to = ((to - 1) & (q->cluster_size - 1)) >> q->sub_bits;
	mask = ((2ull << to) - 1) & ~((1ull << from) - 1);
	e->bitmap = (e->bitmap & ~mask) | mask << QCOW2_SUBCLUSTERS;
	return true;
}

/* Whether there is no L2 table and none is needed. */
static bool qcow2_zero_is_needless(const struct qcow2 *q,
				   enum qcow2_zero_mode mode, uint64_t cluster)
{
	return !(q->l1[cluster >> q->l2_bits] & QCOW2_OFFSET_MASK) &&
	       (mode == DISCARD ||
		!qcow2_is_backed(q, cluster << q->cluster_bits));
}

static int qcow2_zero_change_cluster(struct qcow2 *q, enum qcow2_zero_mode mode,
				     struct qcow2_slice *slice,
				     unsigned int index, uint64_t offset,
				     uint64_t end, bool *ret_write)
{
	struct qcow2_entry old = qcow2_l2_entry(q, slice, index), e = old;
	bool whole, gone = false;

	whole = !(offset & (q->cluster_size - 1)) &&
		(!(end & (q->cluster_size - 1)) || end == q->blk.size);
	if (!whole) {
		if (!qcow2_zero_change_subclusters(q, &e, offset, end)) {
			*ret_write = true;
			return 0;
		}
	} else if (!qcow2_zero_change_entry(q, mode, offset, &e, &gone)) {
		return 0;
	}
	qcow2_l2_set(q, slice, index, e);
	return gone ? qcow2_entry_free(q, old, mode != ZERO_KEEP) : 0;
}

/* Change a part of the range, at most to the end of an L2 table. */
static int qcow2_zero_change_some(struct qcow2 *q, enum qcow2_zero_mode mode,
				  uint64_t offset, uint64_t end,
				  uint64_t *ret_done)
{
	uint64_t span = 1ull << (q->l2_bits + q->cluster_bits), next;
	uint64_t first = offset >> q->cluster_bits, entries;
	struct qcow2_slice *slice;
	unsigned int index;
	bool write = false;
	int ret;

	end = qcow2_min(end, (offset & ~(span - 1)) + span);
	*ret_done = end - offset;
	ret = qcow2_flush_if_much_is_dirty(q);
	if (ret)
		return ret;
	lock_take(&q->lock);
	ret = qcow2_may_write(q);
	if (ret)
		goto out;
	/* One slice at a time, so that the lock is not held for long. */
	entries = qcow2_slice_entries(q);
	end = qcow2_min(end, (first / entries + 1) * entries <<
			     q->cluster_bits);
	qcow2_wait_for_allocations(q, first,
				   ((end - 1) >> q->cluster_bits) - first + 1);
	if (qcow2_zero_is_needless(q, mode, first)) {
		end = offset + *ret_done;
		goto out;
	}
	*ret_done = end - offset;
	ret = qcow2_l2_writable(q, first, &slice, &index);
	for (; offset < end && !ret; index++) {
		next = qcow2_min(end, ((offset >> q->cluster_bits) + 1) <<
				      q->cluster_bits);
		ret = qcow2_zero_change_cluster(q, mode, slice, index, offset,
						next, &write);
		if (write) {
			pthread_mutex_unlock(&q->lock);
			*ret_done -= end - next;
			return qcow2_write_zero_bytes(q, offset, next - offset);
		}
		offset = next;
	}
out:
	pthread_mutex_unlock(&q->lock);
	return ret;
}

static int qcow2_zero_change_range(struct qcow2 *q, enum qcow2_zero_mode mode,
				   uint64_t offset, uint64_t end)
{
	uint64_t done;
	int ret;

	while (offset < end) {
		ret = qcow2_zero_change_some(q, mode, offset, end, &done);
		if (ret)
			return ret;
		offset += done;
	}
	return 0;
}

/* Zero a part of a cluster, unless it reads as zeroes already. */
static int qcow2_zero_partial_cluster(struct qcow2 *q, uint64_t offset,
				      uint64_t len)
{
	struct qcow2_extent ext;
	int ret;

	while (len) {
		lock_take(&q->lock);
		ret = qcow2_lookup(q, offset, len, true, &ext);
		pthread_mutex_unlock(&q->lock);
		if (ret)
			return ret;
		if (ext.type != QCOW2_TYPE_ZERO &&
		    (ext.type != QCOW2_TYPE_HOLE ||
		     !qcow2_hole_is_zero(q, offset))) {
			ret = qcow2_write_zero_bytes(q, offset, ext.len);
			if (ret)
				return ret;
		}
		offset += ext.len;
		len -= ext.len;
	}
	return 0;
}

int qcow2_write_zeroes(struct blk *blk, uint64_t offset, uint64_t len,
		       bool may_unmap)
{
	struct qcow2 *q = (struct qcow2 *)blk;
	uint64_t unit = q->ext_l2 ? 1ull << q->sub_bits : q->cluster_size;
	uint64_t end = offset + len, first = qcow2_align_up(offset, unit);
	uint64_t last = end == blk->size ? end : end & ~(unit - 1);
	int ret;

	if (q->data_raw)
		return -EOPNOTSUPP;
	if (q->version < 3 && (!may_unmap || qcow2_is_backed(q, offset)))
		return -EOPNOTSUPP;
	if (first >= last)
		return qcow2_zero_partial_cluster(q, offset, len);
	ret = qcow2_zero_partial_cluster(q, offset, first - offset);
	if (!ret)
		ret = qcow2_zero_change_range(q,
					      may_unmap ? ZERO_UNMAP : ZERO_KEEP,
					      first, last);
	return ret ? ret : qcow2_zero_partial_cluster(q, last, end - last);
}

/* Discard in the data file; the tables do not change. */
static int qcow2_discard_data_file(struct qcow2 *q, uint64_t offset,
				   uint64_t len)
{
	struct qcow2_extent ext;
	uint64_t size = qcow2_file_size(q->data);
	int ret = 0;

	len = offset < size ? qcow2_min(len, size - offset) : 0;
	while (len && !ret) {
		lock_take(&q->lock);
		ret = qcow2_may_write(q);
		if (!ret)
			ret = qcow2_lookup(q, offset, len, true, &ext);
		pthread_mutex_unlock(&q->lock);
		if (ret)
			break;
		if (ext.type == QCOW2_TYPE_DATA)
			ret = blk_discard(q->data, ext.host, ext.len);
		offset += ext.len;
		len -= ext.len;
	}
	return ret;
}

int qcow2_discard(struct blk *blk, uint64_t offset, uint64_t len)
{
	struct qcow2 *q = (struct qcow2 *)blk;
	uint64_t end = offset + len;

	if (qcow2_has_data_file(q))
		return qcow2_discard_data_file(q, offset, len);
	if (end != blk->size)
		end &= ~(q->cluster_size - 1);
	offset = qcow2_align_up(offset, q->cluster_size);
	return qcow2_zero_change_range(q, DISCARD, offset, end);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * zero.c - zeroes and discards: L2 entries change, no data is written.
 *
 * But for pieces of clusters, version 2, which knows no zero clusters, and
 * raw data files, which have to read as zeroes without the tables, too.
 */
#include <errno.h>
#include <stdlib.h>

#include "qcow2.h"

/* One write of zeroes; longer ranges take several. */
#define ZERO_BYTES	(256u << 10)

enum how {
	ZERO_KEEP,	/* and keep the space */
	ZERO_UNMAP,
	DISCARD,
};

static int write_zero_bytes(struct qcow2 *q, uint64_t offset, uint64_t len)
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

static bool is_backed(const struct qcow2 *q, uint64_t offset)
{
	return !qcow2_hole_is_zero(q, offset & ~(q->cluster_size - 1));
}

/*
 * What the entry for guest @offset becomes; false: it remains.
 * @ret_gone: the cluster is given up
 */
static bool change_entry(const struct qcow2 *q, enum how how, uint64_t offset,
			 struct qcow2_entry *e, bool *ret_gone)
{
	struct qcow2_entry old = *e;
	bool place = old.desc & QCOW2_COMPRESSED || qcow2_entry_host(&old) ||
		     (qcow2_has_data_file(q) && old.desc & QCOW2_COPIED);
	bool backed = is_backed(q, offset), keep;

	if (!place && (how == DISCARD || (!backed && !old.desc && !old.bitmap)))
		return false;
	if (q->version < 3) {
		if (backed || !place)
			return false;
		*e = (struct qcow2_entry){ 0, 0 };
		*ret_gone = true;
		return true;
	}
	keep = how == ZERO_KEEP && place && old.desc & QCOW2_COPIED &&
	       !(old.desc & QCOW2_COMPRESSED);
	e->desc = keep ? qcow2_entry_host(&old) | QCOW2_COPIED : 0;
	e->bitmap = 0;
	if (keep || backed || how != DISCARD) {
		if (q->ext_l2)
			e->bitmap = QCOW2_SUB_ZERO;
		else
			e->desc |= QCOW2_ZERO;
	}
	*ret_gone = place && !keep;
	return old.desc != e->desc || old.bitmap != e->bitmap;
}

/* Some subclusters of a cluster with extended entries; false: write them. */
static bool zero_subclusters(const struct qcow2 *q, struct qcow2_entry *e,
			     uint64_t from, uint64_t to)
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

/* Nothing is there, and nothing need be. */
static bool is_nothing(const struct qcow2 *q, enum how how, uint64_t cluster)
{
	return !(q->l1[cluster >> q->l2_bits] & QCOW2_OFFSET_MASK) &&
	       (how == DISCARD || !is_backed(q, cluster << q->cluster_bits));
}

static int change_cluster(struct qcow2 *q, enum how how,
			  struct qcow2_slice *slice, unsigned int index,
			  uint64_t offset, uint64_t end, bool *ret_write)
{
	struct qcow2_entry old = qcow2_l2_entry(q, slice, index), e = old;
	bool whole, gone = false;

	whole = !(offset & (q->cluster_size - 1)) &&
		(!(end & (q->cluster_size - 1)) || end == q->blk.size);
	if (!whole) {
		if (!zero_subclusters(q, &e, offset, end)) {
			*ret_write = true;
			return 0;
		}
	} else if (!change_entry(q, how, offset, &e, &gone)) {
		return 0;
	}
	qcow2_l2_set(q, slice, index, e);
	return gone ? qcow2_entry_free(q, old, how != ZERO_KEEP) : 0;
}

/* From @offset on, as far as one L2 table goes at most. */
static int change_some(struct qcow2 *q, enum how how, uint64_t offset,
		       uint64_t end, uint64_t *ret_done)
{
	uint64_t span = 1ull << (q->l2_bits + q->cluster_bits), next;
	uint64_t first = offset >> q->cluster_bits, entries;
	struct qcow2_slice *slice;
	unsigned int index;
	bool write = false;
	int ret;

	end = qcow2_min(end, (offset & ~(span - 1)) + span);
	*ret_done = end - offset;
	ret = qcow2_balance(q);
	if (ret)
		return ret;
	pthread_mutex_lock(&q->lock);
	ret = qcow2_may_write(q);
	if (ret)
		goto out;
	/* One slice at a time: not for long, whatever the range is. */
	entries = qcow2_slice_entries(q);
	end = qcow2_min(end, (first / entries + 1) * entries <<
			     q->cluster_bits);
	qcow2_busy_wait(q, first, ((end - 1) >> q->cluster_bits) - first + 1);
	if (is_nothing(q, how, first)) {
		end = offset + *ret_done;
		goto out;
	}
	*ret_done = end - offset;
	ret = qcow2_l2_writable(q, first, &slice, &index);
	for (; offset < end && !ret; index++) {
		next = qcow2_min(end, ((offset >> q->cluster_bits) + 1) <<
				      q->cluster_bits);
		ret = change_cluster(q, how, slice, index, offset, next,
				     &write);
		if (write) {
			pthread_mutex_unlock(&q->lock);
			*ret_done -= end - next;
			return write_zero_bytes(q, offset, next - offset);
		}
		offset = next;
	}
out:
	pthread_mutex_unlock(&q->lock);
	return ret;
}

static int change_range(struct qcow2 *q, enum how how, uint64_t offset,
			uint64_t end)
{
	uint64_t done;
	int ret;

	while (offset < end) {
		ret = change_some(q, how, offset, end, &done);
		if (ret)
			return ret;
		offset += done;
	}
	return 0;
}

/* Up to two pieces that are not whole: nothing where there are zeroes. */
static int zero_piece(struct qcow2 *q, uint64_t offset, uint64_t len)
{
	struct qcow2_extent ext;
	int ret;

	while (len) {
		pthread_mutex_lock(&q->lock);
		ret = qcow2_lookup(q, offset, len, true, &ext);
		pthread_mutex_unlock(&q->lock);
		if (ret)
			return ret;
		if (ext.type != QCOW2_TYPE_ZERO &&
		    (ext.type != QCOW2_TYPE_HOLE ||
		     !qcow2_hole_is_zero(q, offset))) {
			ret = write_zero_bytes(q, offset, ext.len);
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
	if (q->version < 3 && (!may_unmap || is_backed(q, offset)))
		return -EOPNOTSUPP;
	if (first >= last)
		return zero_piece(q, offset, len);
	ret = zero_piece(q, offset, first - offset);
	if (!ret)
		ret = change_range(q, may_unmap ? ZERO_UNMAP : ZERO_KEEP,
				   first, last);
	return ret ? ret : zero_piece(q, last, end - last);
}

/* The tables stay as they are; whoever writes there meanwhile asked for it. */
static int discard_data_file(struct qcow2 *q, uint64_t offset, uint64_t len)
{
	struct qcow2_extent ext;
	uint64_t size = qcow2_file_size(q->data);
	int ret = 0;

	len = offset < size ? qcow2_min(len, size - offset) : 0;
	while (len && !ret) {
		pthread_mutex_lock(&q->lock);
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
		return discard_data_file(q, offset, len);
	if (end != blk->size)
		end &= ~(q->cluster_size - 1);
	offset = qcow2_align_up(offset, q->cluster_size);
	return change_range(q, DISCARD, offset, end);
}

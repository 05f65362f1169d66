// SPDX-License-Identifier: GPL-2.0-only
/*
 * allocate.c - writes to guest clusters that need a new host cluster.
 *
 * A write allocates host clusters, writes its data together with the old data
 * around it, and then changes the L2 entries.  Meanwhile the guest clusters are
 * in qcow2.busy, so that no other thread allocates, zeroes or discards them.
 */
#include <errno.h>
#include <stdlib.h>

#include "qcow2.h"

/* The host cluster for a guest cluster that is written to. */
enum qcow2_allocation_kind {
	QCOW2_IN_PLACE, /* valid data: overwrite it */
	QCOW2_REUSE_CLUSTER, /* allocated, but not all of it is valid */
	QCOW2_NEW_CLUSTER,
};

struct qcow2_allocation {
	struct qcow2_guest_range busy;
	enum qcow2_allocation_kind kind;
	uint64_t host;			/* of the first cluster */
	bool fresh;			/* which reads as zeroes */
	uint64_t from, to; /* guest offsets of the new data */
	/* Guest offsets that become valid: whole subclusters. */
	uint64_t start, end;
	bool head_zero, tail_zero;	/* start to from, to to end */
};

static bool qcow2_allocation_overlaps(const struct qcow2 *q, uint64_t first,
				      uint64_t n)
{
	const struct qcow2_guest_range *b;

	for (b = q->busy; b; b = b->next)
		if (first < b->first + b->n && b->first < first + n)
			return true;
	return false;
}

bool qcow2_wait_for_allocations(struct qcow2 *q, uint64_t first, uint64_t n)
{
	bool waited = false;

	while (qcow2_allocation_overlaps(q, first, n)) {
		lock_event_wait(&q->idle, &q->lock);
		waited = true;
	}
	return waited;
}

static void qcow2_allocation_end(struct qcow2 *q, struct qcow2_guest_range *busy)
{
	struct qcow2_guest_range **p = &q->busy;

	while (*p != busy)
		p = &(*p)->next;
	*p = busy->next;
	lock_event_wake(&q->idle);
}

static int qcow2_allocation_l2_entry(struct qcow2 *q, uint64_t cluster,
				     struct qcow2_entry *ret_entry)
{
	struct qcow2_slice *slice;
	unsigned int index;
	int ret = qcow2_l2_writable(q, cluster, &slice, &index);

	if (!ret)
		*ret_entry = qcow2_l2_entry(q, slice, index);
	return ret;
}

static enum qcow2_allocation_kind qcow2_allocation_kind_of(const struct qcow2 *q,
							   struct qcow2_entry e)
{
	if (e.desc & QCOW2_COMPRESSED || !(e.desc & QCOW2_COPIED))
		return QCOW2_NEW_CLUSTER;
	if (!qcow2_entry_host(&e) && !qcow2_has_data_file(q))
		return QCOW2_NEW_CLUSTER;
	return q->ext_l2 || (e.desc & QCOW2_ZERO) ? QCOW2_REUSE_CLUSTER :
						    QCOW2_IN_PLACE;
}

/* Whether a new cluster must get the data of the old one. */
static bool qcow2_allocation_copies_old(const struct qcow2 *q,
					struct qcow2_entry e)
{
	if (e.desc & QCOW2_COMPRESSED)
		return true;
	if (q->ext_l2)
		return e.bitmap & QCOW2_SUB_ALL;
	return qcow2_entry_host(&e) && !(e.desc & QCOW2_ZERO);
}

/* Start of the part that must become valid with guest @offset. */
static uint64_t qcow2_allocation_round_down(const struct qcow2 *q,
					    const struct qcow2_allocation *a,
					    struct qcow2_entry e,
					    uint64_t offset)
{
	uint64_t in_cluster = offset & (q->cluster_size - 1);

	if (a->kind == QCOW2_NEW_CLUSTER && qcow2_allocation_copies_old(q, e))
		return offset - in_cluster;
	if (a->kind == QCOW2_REUSE_CLUSTER && q->ext_l2 &&
	    e.bitmap >> (in_cluster >> q->sub_bits) & 1)
		return offset;
	return offset & ~((1ull << q->sub_bits) - 1);
}

static uint64_t qcow2_allocation_round_up(const struct qcow2 *q,
					  const struct qcow2_allocation *a,
					  struct qcow2_entry e, uint64_t offset)
{
	uint64_t last = (offset - 1) & (q->cluster_size - 1);

	if (a->kind == QCOW2_NEW_CLUSTER && qcow2_allocation_copies_old(q, e))
		return offset - 1 - last + q->cluster_size;
	if (a->kind == QCOW2_REUSE_CLUSTER && q->ext_l2 &&
	    e.bitmap >> (last >> q->sub_bits) & 1)
		return offset;
	return qcow2_align_up(offset, 1ull << q->sub_bits);
}

static int qcow2_allocation_reads_as_zeroes(struct qcow2 *q, uint64_t from,
					    uint64_t to, bool *ret_zero)
{
	struct qcow2_extent ext;
	int ret;

	*ret_zero = true;
	while (from < to && *ret_zero) {
		ret = qcow2_lookup(q, from, to - from, true, &ext);
		if (ret)
			return ret;
		*ret_zero = ext.type == QCOW2_TYPE_ZERO ||
			    (ext.type == QCOW2_TYPE_HOLE &&
			     qcow2_hole_is_zero(q, from));
		from += ext.len;
	}
	return 0;
}

/* Count the clusters from @first on that need the same kind of cluster. */
static int qcow2_allocation_count_alike(struct qcow2 *q,
					struct qcow2_allocation *a,
					uint64_t first, struct qcow2_entry e,
					uint64_t max, uint64_t *ret_n)
{
	struct qcow2_entry next;
	uint64_t n;
	int ret;

	for (n = 1; n < max; n++) {
		if (qcow2_allocation_overlaps(q, first + n, 1))
			break;
		ret = qcow2_allocation_l2_entry(q, first + n, &next);
		if (ret)
			return ret;
		if (qcow2_allocation_kind_of(q, next) != a->kind)
			break;
		if (a->kind == QCOW2_REUSE_CLUSTER &&
		    qcow2_entry_host(&next) !=
			    qcow2_entry_host(&e) + (n << q->cluster_bits))
			break;
	}
	*ret_n = n;
	return 0;
}

static int qcow2_allocation_find_clusters(struct qcow2 *q,
					  struct qcow2_allocation *a,
					  struct qcow2_entry e)
{
	uint64_t first = a->busy.first;

	if (qcow2_has_data_file(q)) {
		a->host = first << q->cluster_bits;
		return 0;
	}
	if (a->kind == QCOW2_NEW_CLUSTER)
		return qcow2_alloc_clusters(q, a->busy.n, &a->host, &a->busy.n,
					    &a->fresh);
	a->host = qcow2_entry_host(&e);
	if (a->host & (q->cluster_size - 1) ||
	    a->host >= qcow2_file_size(q->file) ||
	    qcow2_is_metadata(q, a->host, a->busy.n << q->cluster_bits))
		return qcow2_mark_corrupt(q,
					  "L2 table: guest offset 0x%llx: no data can be at 0x%llx",
					  (unsigned long long)first
						  << q->cluster_bits,
					  (unsigned long long)a->host);
	/* The file may end within its last cluster. */
	return blk_grow(q->file, a->host + (a->busy.n << q->cluster_bits));
}

static void qcow2_allocation_drop_clusters(struct qcow2 *q,
					   const struct qcow2_allocation *a,
					   uint64_t done)
{
	if (a->kind == QCOW2_NEW_CLUSTER && !qcow2_has_data_file(q))
		qcow2_refcount_drop(q, (a->host >> q->cluster_bits) + done,
				    a->busy.n - done, false);
}

/* Find which part becomes valid, and what surrounds the new data. */
static int qcow2_allocation_find_bounds(struct qcow2 *q,
					struct qcow2_allocation *a,
					struct qcow2_entry first)
{
	uint64_t last = (a->to - 1) >> q->cluster_bits;
	struct qcow2_entry e;
	int ret;

	ret = qcow2_allocation_l2_entry(q, last, &e);
	if (ret)
		return ret;
	a->start = qcow2_allocation_round_down(q, a, first, a->from);
	a->end = qcow2_allocation_round_up(q, a, e, a->to);
	/* A data file does not become longer than the disk. */
	if (qcow2_has_data_file(q) && a->end > q->blk.size)
		a->end = q->blk.size;
	ret = qcow2_allocation_reads_as_zeroes(q, a->start, a->from,
					       &a->head_zero);
	if (!ret)
		ret = qcow2_allocation_reads_as_zeroes(q, a->to, a->end,
						       &a->tail_zero);
	return ret;
}

/* Allocate clusters for a write at @offset.  1: look up the table again. */
static int qcow2_allocation_begin(struct qcow2 *q, struct qcow2_allocation *a,
				  uint64_t offset, uint64_t len)
{
	uint64_t first = offset >> q->cluster_bits;
	uint64_t last = (offset + len - 1) >> q->cluster_bits;
	uint64_t table = 1ull << q->l2_bits;
	struct qcow2_entry e;
	int ret;

	if (qcow2_wait_for_allocations(q, first, 1))
		return 1;
	ret = qcow2_allocation_l2_entry(q, first, &e);
	if (ret)
		return ret;
	*a = (struct qcow2_allocation){ .kind = qcow2_allocation_kind_of(q, e),
					.from = offset };
	if (a->kind == QCOW2_IN_PLACE)
		return 1;
	a->busy.first = first;
	ret = qcow2_allocation_count_alike(q, a, first, e,
					   qcow2_min(last - first + 1,
						     table - (first &
							      (table - 1))),
					   &a->busy.n);
	if (!ret)
		ret = qcow2_allocation_find_clusters(q, a, e);
	if (ret)
		return ret;
	a->to = qcow2_min(offset + len,
			  (first + a->busy.n) << q->cluster_bits);
	ret = qcow2_allocation_find_bounds(q, a, e);
	if (ret) {
		qcow2_allocation_drop_clusters(q, a, 0);
		return ret;
	}
	a->busy.next = q->busy;
	q->busy = &a->busy;
	return 0;
}

static int qcow2_allocation_read_old(struct qcow2 *q, unsigned char *to,
				     uint64_t from, uint64_t end, bool zero)
{
	struct iovec iov = { to, end - from };

	return zero || from == end ? 0 : qcow2_read(q, &iov, 1, from);
}

/* One write for all data, except zeroes that a new cluster has already. */
static int qcow2_allocation_write_data(struct qcow2 *q,
				       const struct qcow2_allocation *a,
				       struct iov_cursor *c)
{
	uint64_t base = a->busy.first << q->cluster_bits;
	uint64_t start = a->fresh && a->head_zero ? a->from : a->start;
	uint64_t end = a->fresh && a->tail_zero ? a->to : a->end;
	size_t head = a->from - start, tail = end - a->to;
	struct iovec *iov;
	struct qcow2_pieces p;
	unsigned char *old = NULL;
	int n, ret;

	ret = qcow2_take_pieces(c, a->to - a->from, 1, &p);
	if (ret)
		return ret;
	if (head + tail) {
		old = calloc(1, head + tail);
		ret = old ? qcow2_allocation_read_old(q, old, start, a->from,
						      a->head_zero) :
			    -ENOMEM;
		if (!ret)
			ret = qcow2_allocation_read_old(q, old + head, a->to,
							end, a->tail_zero);
	}
	if (!ret && qcow2_has_data_file(q))
		ret = blk_grow(q->data, a->host + (end - base));
	if (!ret) {
		iov = p.many ? p.many : p.few;
		n = p.n;
		iov[0] = (struct iovec){ old, head };
		iov[n - 1] = (struct iovec){ old ? old + head : NULL, tail };
		n -= !tail;
		if (!head) {
			iov++;
			n--;
		}
		ret = blk_pwritev(q->data, iov, n, a->host + (start - base));
	}
	free(old);
	qcow2_put_pieces(&p);
	return ret;
}

static struct qcow2_entry
qcow2_allocation_new_entry(const struct qcow2 *q,
			   const struct qcow2_allocation *a, uint64_t i,
			   struct qcow2_entry old)
{
	uint64_t begin = (a->busy.first + i) << q->cluster_bits;
	uint64_t end = begin + q->cluster_size, from, to, mask;
	struct qcow2_entry e = {
		.desc = (a->host + (i << q->cluster_bits)) | QCOW2_COPIED,
	};

	if (!q->ext_l2)
		return e;
	if (a->kind == QCOW2_NEW_CLUSTER && qcow2_allocation_copies_old(q, old)) {
		e.bitmap = QCOW2_SUB_ALL;
		return e;
	}
	from = a->start > begin ? a->start - begin : 0;
	to = (a->end < end ? a->end : end) - begin;
	from >>= q->sub_bits;
	to = (to + (1ull << q->sub_bits) - 1) >> q->sub_bits;
	mask = ((1ull << to) - 1) & ~((1ull << from) - 1);
	e.bitmap = (old.bitmap | mask) & ~(mask << QCOW2_SUBCLUSTERS);
	return e;
}

/* Change the L2 entries, after the data is written. */
static int qcow2_allocation_commit(struct qcow2 *q,
				   const struct qcow2_allocation *a)
{
	struct qcow2_slice *slice;
	struct qcow2_entry old;
	unsigned int index;
	uint64_t i;
	int ret = 0;

	for (i = 0; i < a->busy.n; i++) {
		ret = qcow2_l2_writable(q, a->busy.first + i, &slice, &index);
		if (ret)
			break;
		old = qcow2_l2_entry(q, slice, index);
		qcow2_l2_set(q, slice, index,
			     qcow2_allocation_new_entry(q, a, i, old));
		if (a->kind == QCOW2_NEW_CLUSTER) {
			ret = qcow2_entry_free(q, old, false);
			if (ret) {
				i++;
				break;
			}
		}
	}
	if (ret)
		qcow2_allocation_drop_clusters(q, a, i);
	return ret;
}

int qcow2_write_allocating(struct qcow2 *q, struct iov_cursor *c,
			   uint64_t offset, uint64_t len, uint64_t *ret_done)
{
	struct qcow2_allocation a;
	unsigned int epoch;
	int ret;

	*ret_done = 0;
	ret = qcow2_allocation_begin(q, &a, offset, len);
	if (ret) {
		pthread_mutex_unlock(&q->lock);
		return ret < 0 ? ret : 0;
	}
	epoch = qcow2_begin_data_use(q);
	pthread_mutex_unlock(&q->lock);
	ret = qcow2_allocation_write_data(q, &a, c);
	qcow2_end_data_use(q, epoch);
	lock_take(&q->lock);
	if (ret)
		qcow2_allocation_drop_clusters(q, &a, 0);
	else
		ret = qcow2_allocation_commit(q, &a);
	qcow2_allocation_end(q, &a.busy);
	pthread_mutex_unlock(&q->lock);
	if (!ret)
		*ret_done = a.to - offset;
	return ret;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * overlap.c - the set of host clusters that hold metadata.
 *
 * Whatever the tables of an image say, guest data never overwrites its header,
 * L1 and L2 tables, refcount table and blocks, or snapshot tables.  Only
 * refcounts protect the L2 tables of snapshots, and bitmaps.
 */
#include <errno.h>
#include <stdlib.h>

#include "qcow2.h"

#define NONE	UINT64_MAX

static size_t qcow2_metadata_hash(uint64_t cluster)
{
	return cluster * 0x9e3779b97f4a7c15ull >> 20;
}

static uint64_t *qcow2_metadata_find_slot(uint64_t *slots, size_t size,
					  uint64_t cluster)
{
	size_t i = qcow2_metadata_hash(cluster) & (size - 1);

	while (slots[i] != NONE && slots[i] != cluster)
		i = (i + 1) & (size - 1);
	return &slots[i];
}

static int qcow2_metadata_grow_set(struct qcow2_set *set)
{
	size_t size = set->size ? 2 * set->size : 256, i;
	uint64_t *slots = malloc(size * sizeof(slots[0]));

	if (!slots)
		return -ENOMEM;
	memset(slots, 0xff, size * sizeof(slots[0]));
	for (i = 0; i < set->size; i++)
		if (set->slots[i] != NONE)
			*qcow2_metadata_find_slot(slots, size,
						  set->slots[i]) = set->slots[i];
	free(set->slots);
	set->slots = slots;
	set->size = size;
	return 0;
}

/* -EEXIST: a cluster is in the set already; the others are added. */
static int qcow2_metadata_add_clusters(struct qcow2 *q, uint64_t offset,
				       uint64_t len)
{
	struct qcow2_set *set = &q->metadata;
	uint64_t cluster = offset >> q->cluster_bits, *slot;
	uint64_t end = (offset + len + q->cluster_size - 1) >> q->cluster_bits;
	int ret = 0;

	for (; cluster < end; cluster++) {
		if (2 * set->n >= set->size && qcow2_metadata_grow_set(set))
			return -ENOMEM;
		slot = qcow2_metadata_find_slot(set->slots, set->size, cluster);
		if (*slot == cluster) {
			ret = -EEXIST;
			continue;
		}
		if (set->n >= QCOW2_METADATA_MAX)
			return -EFBIG;
		*slot = cluster;
		set->n++;
	}
	return ret;
}

int qcow2_metadata_add(struct qcow2 *q, uint64_t offset, uint64_t len)
{
	int ret = qcow2_metadata_add_clusters(q, offset, len);

	/* A damaged refcount can make a used cluster look free. */
	return ret == -EEXIST ? 0 : ret;
}

/* Remove a slot and move later slots of its chain back. */
static void qcow2_metadata_remove_slot(struct qcow2_set *set, size_t i)
{
	size_t next = i, home, mask = set->size - 1;

	for (;;) {
		next = (next + 1) & mask;
		if (set->slots[next] == NONE)
			break;
		home = qcow2_metadata_hash(set->slots[next]) & mask;
		/* A slot whose home is behind the gap stays. */
		if (((next - home) & mask) < ((next - i) & mask))
			continue;
		set->slots[i] = set->slots[next];
		i = next;
	}
	set->slots[i] = NONE;
	set->n--;
}

void qcow2_metadata_remove(struct qcow2 *q, uint64_t offset, uint64_t len)
{
	struct qcow2_set *set = &q->metadata;
	uint64_t cluster = offset >> q->cluster_bits, *slot;
	uint64_t end = (offset + len) >> q->cluster_bits;

	for (; cluster < end; cluster++) {
		slot = qcow2_metadata_find_slot(set->slots, set->size, cluster);
		if (*slot == cluster)
			qcow2_metadata_remove_slot(set, slot - set->slots);
	}
}

bool qcow2_is_metadata(const struct qcow2 *q, uint64_t offset, uint64_t len)
{
	const struct qcow2_set *set = &q->metadata;
	uint64_t cluster = offset >> q->cluster_bits;
	uint64_t last = (offset + len - 1) >> q->cluster_bits;

	for (; cluster <= last; cluster++)
		if (*qcow2_metadata_find_slot(set->slots, set->size, cluster) ==
		    cluster)
			return true;
	return false;
}

static int qcow2_metadata_add_checked(struct qcow2 *q, const char *what,
				      uint64_t offset, uint64_t len,
				      struct lkl_error *err)
{
	int ret;

	if (offset & (q->cluster_size - 1) || offset > INT64_MAX - len)
		return lkl_fail(err, -EINVAL,
				"%s: offset 0x%llx is unaligned", what,
				(unsigned long long)offset);
	ret = qcow2_metadata_add_clusters(q, offset, len);
	switch (ret) {
	case 0:
		return 0;
	case -EEXIST:
		return lkl_fail(err, -EINVAL,
				"%s: offset 0x%llx overlaps other metadata: qemu-img check -r all may repair it",
				what, (unsigned long long)offset);
	case -EFBIG:
		return lkl_fail(err, ret, "more than %u clusters of metadata",
				QCOW2_METADATA_MAX);
	default:
		return lkl_fail(err, ret, "out of memory");
	}
}

static int qcow2_metadata_add_snapshot(struct qcow2 *q, uint64_t l1_offset,
				       unsigned int l1_size, void *arg,
				       struct lkl_error *err)
{
	(void)arg;
	return qcow2_metadata_add_checked(q, "L1 table of a snapshot",
					  l1_offset, (uint64_t)l1_size * 8, err);
}

int qcow2_find_metadata(struct qcow2 *q, struct lkl_error *err)
{
	uint64_t len;
	unsigned int i;
	int ret;

	ret = qcow2_metadata_add_checked(q, "header", 0, q->cluster_size, err);
	if (!ret)
		ret = qcow2_metadata_add_checked(q, "L1 table", q->l1_offset,
						 (uint64_t)q->l1_size * 8, err);
	if (!ret)
		ret = qcow2_metadata_add_checked(q, "refcount table",
						 q->reftable_offset,
						 (uint64_t)q->reftable_size * 8,
						 err);
	for (i = 0; i < q->reftable_size && !ret; i++)
		if (q->reftable[i])
			ret = qcow2_metadata_add_checked(q, "refcount block",
							 q->reftable[i],
							 q->cluster_size, err);
	for (i = 0; i < q->l1_size && !ret; i++)
		if (q->l1[i] & QCOW2_OFFSET_MASK)
			ret = qcow2_metadata_add_checked(q, "L2 table",
							 q->l1[i] &
								 QCOW2_OFFSET_MASK,
							 q->cluster_size, err);
	if (!ret && q->n_snapshots) {
		ret = qcow2_each_snapshot(q, qcow2_metadata_add_snapshot, NULL,
					  &len, err);
		if (!ret)
			ret = qcow2_metadata_add_checked(q, "snapshot table",
							 q->snapshots_offset,
							 len, err);
	}
	return ret;
}

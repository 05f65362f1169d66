// SPDX-License-Identifier: GPL-2.0-only
/*
 * snapshot.c - the snapshot table, which lists internal snapshots.
 *
 * Snapshots are never made or changed here.  Refcounts protect their clusters,
 * and overlap.c protects their tables.
 */
#include <errno.h>
#include <stdlib.h>

#include "qcow2.h"

#define ENTRY_FIXED	40u

struct qcow2_snapshot_entry {
	uint64_t l1_offset;
	uint32_t l1_size;
	uint64_t len;		/* in the table */
};

static int qcow2_snapshot_read_entry(struct qcow2 *q, uint64_t at,
				     struct qcow2_snapshot_entry *ret_entry,
				     struct lkl_error *err)
{
	unsigned char raw[ENTRY_FIXED];
	uint16_t id_len, name_len;
	uint32_t extra;
	int ret;

	if (at > q->file->size - ENTRY_FIXED)
		return lkl_fail(err, -EINVAL,
				"snapshot table: goes past end of file");
	ret = blk_pread(q->file, raw, sizeof(raw), at);
	if (ret)
		return lkl_fail(err, ret, "cannot read the snapshot table: %m");
	memcpy(&ret_entry->l1_offset, raw, 8);
	memcpy(&ret_entry->l1_size, raw + 8, 4);
	memcpy(&id_len, raw + 12, 2);
	memcpy(&name_len, raw + 14, 2);
	memcpy(&extra, raw + 36, 4);
	ret_entry->l1_offset = be64toh(ret_entry->l1_offset);
	ret_entry->l1_size = be32toh(ret_entry->l1_size);
	extra = be32toh(extra);
	if (extra > QCOW2_SNAPSHOT_EXTRA_MAX)
		return lkl_fail(err, -EFBIG,
				"snapshot table: extra data of %u bytes",
				extra);
	if ((uint64_t)ret_entry->l1_size * 8 > QCOW2_L1_MAX ||
	    ret_entry->l1_offset & (q->cluster_size - 1) ||
	    ret_entry->l1_offset >= q->file->size ||
	    (uint64_t)ret_entry->l1_size * 8 >
				q->file->size - ret_entry->l1_offset)
		return lkl_fail(err, -EINVAL,
				"snapshot table: L1 table of %u entries at 0x%llx",
				ret_entry->l1_size,
				(unsigned long long)ret_entry->l1_offset);
	ret_entry->len = qcow2_align_up(ENTRY_FIXED + (uint64_t)extra +
					be16toh(id_len) + be16toh(name_len), 8);
	return 0;
}

int qcow2_each_snapshot(struct qcow2 *q, qcow2_snapshot_fn *fn, void *arg,
			uint64_t *ret_table_size, struct lkl_error *err)
{
	uint64_t at = q->snapshots_offset;
	struct qcow2_snapshot_entry e = { 0, 0, 0 };
	unsigned int i;
	int ret;

	if (q->file->size < ENTRY_FIXED)
		return lkl_fail(err, -EINVAL,
				"snapshot table: goes past end of file");
	for (i = 0; i < q->n_snapshots; i++) {
		ret = qcow2_snapshot_read_entry(q, at, &e, err);
		if (ret)
			return ret;
		if (e.l1_size) {
			ret = fn(q, e.l1_offset, e.l1_size, arg, err);
			if (ret)
				return ret;
		}
		at += e.len;
	}
	*ret_table_size = at - q->snapshots_offset;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * snapshot.c - the snapshot table, which lists internal snapshots.
 *
 * Snapshots are never made or changed here.  Refcounts protect their clusters,
 * and overlap.c protects their tables.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "qcow2.h"

#define ENTRY_FIXED	40u

struct qcow2_snapshot_entry {
	uint64_t l1_offset;
	uint32_t l1_size;
	uint16_t id_len, name_len;	/* they follow the extra data */
	uint32_t extra_len;
	uint64_t len;			/* in the table */
};

static int qcow2_snapshot_read_entry(struct qcow2 *q, uint64_t at,
				     struct qcow2_snapshot_entry *ret_entry,
				     struct lkl_error *err)
{
	unsigned char raw[ENTRY_FIXED];
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
	memcpy(&ret_entry->id_len, raw + 12, 2);
	memcpy(&ret_entry->name_len, raw + 14, 2);
	ret_entry->id_len = be16toh(ret_entry->id_len);
	ret_entry->name_len = be16toh(ret_entry->name_len);
	memcpy(&extra, raw + 36, 4);
	ret_entry->l1_offset = be64toh(ret_entry->l1_offset);
	ret_entry->l1_size = be32toh(ret_entry->l1_size);
	extra = be32toh(extra);
	if (extra > QCOW2_SNAPSHOT_EXTRA_MAX)
		return lkl_fail(err, -EFBIG,
				"snapshot table: extra data of %u bytes are too long",
				extra);
	if ((uint64_t)ret_entry->l1_size * 8 > QCOW2_L1_MAX ||
	    ret_entry->l1_offset & (q->cluster_size - 1) ||
	    ret_entry->l1_offset >= q->file->size ||
	    (uint64_t)ret_entry->l1_size * 8 >
				q->file->size - ret_entry->l1_offset)
		return lkl_fail(err, -EINVAL,
				"snapshot table: L1 table of %u entries at 0x%llx does not fit",
				ret_entry->l1_size,
				(unsigned long long)ret_entry->l1_offset);
	ret_entry->extra_len = extra;
	ret_entry->len = qcow2_align_up(ENTRY_FIXED + (uint64_t)extra +
						ret_entry->id_len +
						ret_entry->name_len,
					8);
	return 0;
}

int qcow2_each_snapshot(struct qcow2 *q, qcow2_snapshot_fn *fn, void *arg,
			uint64_t *ret_table_size, struct lkl_error *err)
{
	uint64_t at = q->snapshots_offset;
	struct qcow2_snapshot_entry e = { 0 };
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

/* Read the id or the name of an entry; the caller frees it. */
static int qcow2_snapshot_read_name(struct qcow2 *q, uint64_t at, size_t len,
				    char **ret_name, struct lkl_error *err)
{
	char *name = calloc(1, len + 1);
	int ret;

	if (!name)
		return lkl_fail(err, -ENOMEM, "out of memory");
	ret = qcow2_read_padded(q->file, name, len, at);
	if (ret) {
		free(name);
		return lkl_fail(err, ret, "cannot read the snapshot table: %m");
	}
	*ret_name = name;
	return 0;
}

/* Show the disk as it was in this snapshot. */
static int qcow2_snapshot_use(struct qcow2 *q, uint64_t at,
			      const struct qcow2_snapshot_entry *e,
			      struct lkl_error *err)
{
	uint64_t size;
	int ret;

	/* Older images do not have the size: it is that of the image then. */
	if (e->extra_len >= 16) {
		ret = blk_pread(q->file, &size, sizeof(size),
				at + ENTRY_FIXED + 8);
		if (ret)
			return lkl_fail(err, ret,
					"cannot read the snapshot table: %m");
		q->blk.size = be64toh(size);
	}
	q->l1_offset = e->l1_offset;
	q->l1_size = e->l1_size;
	return qcow2_check_l1(q, err);
}

int qcow2_select_snapshot(struct qcow2 *q, const char *wanted,
			  struct lkl_error *err)
{
	struct qcow2_snapshot_entry e = { 0 }, found_entry = { 0 };
	uint64_t at = q->snapshots_offset, found = 0;
	char *name, *id, known[300] = "none";
	size_t len = 0;
	bool is_name;
	unsigned int i;
	int ret;

	if (q->n_snapshots && q->file->size < ENTRY_FIXED)
		return lkl_fail(err, -EINVAL,
				"snapshot table: goes past end of file");
	for (i = 0; i < q->n_snapshots; i++, at += e.len) {
		ret = qcow2_snapshot_read_entry(q, at, &e, err);
		if (ret)
			return ret;
		ret = qcow2_snapshot_read_name(q, at + ENTRY_FIXED +
					       e.extra_len, e.id_len, &id, err);
		if (ret)
			return ret;
		ret = qcow2_snapshot_read_name(q, at + ENTRY_FIXED +
					       e.extra_len + e.id_len,
					       e.name_len, &name, err);
		if (ret) {
			free(id);
			return ret;
		}
		if (len < sizeof(known))
			len += snprintf(known + len, sizeof(known) - len,
					"%s%s (%s)", i ? ", " : "", name, id);
		/* A name is worth more than the id of another snapshot. */
		is_name = !strcmp(name, wanted);
		if (is_name || (!found && !strcmp(id, wanted))) {
			found = at;
			found_entry = e;
		}
		free(id);
		free(name);
		if (is_name)
			break;
	}
	if (!found)
		return lkl_fail(err, -ENOENT,
				"no internal snapshot %.64s; the image has: %s",
				wanted, known);
	return qcow2_snapshot_use(q, found, &found_entry, err);
}

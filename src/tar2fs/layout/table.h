/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * table.h - writes a partition table with libfdisk.
 */
#ifndef TAR2FS_LAYOUT_TABLE_H
#define TAR2FS_LAYOUT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lkl.h>

#include "common/cli/common-options.h"
#include "common/image/partition-type.h"

struct table_entry {
	uint64_t start, size;		/* bytes */
	const struct partition_type *type;
	const char *label;		/* of a GPT; NULL: none */
	char uuid[GUID_TEXT_MAX];	/* likewise */
	uint64_t flags;			/* likewise */
};

struct table {
	bool dos;			/* instead of a GPT */
	unsigned int sector_size;
	char id[GUID_TEXT_MAX];		/* of the disk; "0x12345678" if dos */
	struct table_entry *entries;
	size_t n;
};

/* Bytes at the end of the disk that the table needs. */
uint64_t table_tail(const struct table *table);

/* "+libfdisk", or "" if the build has no libfdisk. */
const char *table_features(void);

/*
 * table_library_load - load libfdisk, before any sandbox
 *
 * -ENOTSUP, with a sentence.
 */
int table_library_load(struct lkl_error *err);

/*
 * table_write - write the table into a file of the disk's size
 * @path: of the file
 * @sandbox: to do it in
 */
int table_write(const struct table *table, const char *path,
		enum sandbox_mode sandbox,
		struct lkl_error *err);

#endif /* TAR2FS_LAYOUT_TABLE_H */

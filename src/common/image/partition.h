/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * partition.h - read the partition table of an image and choose a partition.
 */
#ifndef TOOLS_PARTITION_H
#define TOOLS_PARTITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe.h"

struct partition {
	unsigned int number;		/* 0: the whole image */
	uint64_t offset, size;		/* bytes, those that are there */
	uint64_t missing;		/* bytes past the end of the image */
	char uuid[64];			/* empty: none */
	char name[PROBE_LABEL_MAX];	/* GPT's name for it, or empty */
	char type[40];			/* GPT's: a GUID in lower case; or empty */
	uint64_t flags;			/* GPT's, or 0 */
	struct probe probe;		/* its content */
};

struct partition_table {
	struct partition *at;		/* free() it */
	unsigned int n;
	/*
	 * Bytes of the sectors in which the table counts.  If they are not the
	 * source's, the kernel does not find the partitions.
	 */
	unsigned int sector_size;
	/*
	 * The extended partition that goes past the end of the image; 0: none.
	 * Logical partitions there are not found.
	 */
	unsigned int cut_extended;
};

#define PARTITION_PROBLEM_MAX 128

/*
 * partition_problem - tell whether a partition goes past the end of the image
 *
 * Fills @ret_problem and returns true if so.
 */
bool partition_problem(const struct partition *partition,
		       char ret_problem[PARTITION_PROBLEM_MAX]);

struct probe_source;

/* Is it a part of a volume: of LVM, of an array, or what LUKS encrypts? */
bool probe_is_member(const struct probe *probe);

/* Are these two devices of one btrfs?  Either of them can be mounted. */
bool probe_is_same_btrfs(const struct probe *a, const struct probe *b);

/*
 * partition_read - read the partition table and probe the partitions
 * @ret_whole: the content of all of the source, if it is not a table
 *
 * Without a partition table, or with one that cannot be used, the table is
 * empty.
 */
int partition_read(const struct probe_source *source, struct probe *ret_whole,
		   struct partition_table *ret_table, struct lkl_error *err);

/*
 * partition_choose - find the partition that the user wants
 * @which: a number, TAG=value, or NULL for the only candidate
 * @need_probe: the caller needs the type of the file system
 *
 * -EXDEV: there are parts of volumes, in which the user may want one, or
 * partitions that the kernel does not find.
 *
 * If @which is NULL, the only candidate is a file system on the whole image or
 * the only partition.  If there are several candidates, this lists them on
 * standard error and returns -ENOTUNIQ.
 */
int partition_choose(struct lkl_disk *disk, const char *which, bool need_probe,
		     struct partition *ret_partition, struct lkl_error *err);

#endif /* TOOLS_PARTITION_H */

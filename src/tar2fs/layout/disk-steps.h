/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * disk-steps.h - the steps of disk_make().
 */
#ifndef TAR2FS_LAYOUT_DISK_STEPS_H
#define TAR2FS_LAYOUT_DISK_STEPS_H

#include "arrange.h"
#include "hash-tree.h"
#include "part.h"
#include "table.h"

/* Arrays have an element for each definition, and are owned. */
struct disk {
	const struct arguments *arguments;
	struct part_context context;
	struct layout layout;
	struct part *parts;
	size_t n_opened;
	struct extent *extents;
	struct table_entry *entries;
	struct table table;
	struct hash_tree *trees;	/* of those with Verity=data */
	uint64_t size;
	bool fixed;			/* identifiers are made of contents */
};

static inline size_t disk_index(const struct disk *disk,
				const struct definition *definition)
{
	return (size_t)(definition - disk->layout.at);
}

/* disk-check.c */

/* The definition that the inputs of the command line are for, or NULL. */
struct definition *disk_find_root(const struct layout *layout);

/* Refuses an image that would replace an input. */
int disk_check_output(const struct disk *disk, const struct part *part,
		      struct lkl_error *err);

/* Refuses an image that would replace a file with definitions. */
int disk_check_names(const struct disk *disk, struct lkl_error *err);

/* Do the definitions fit the kind of table?  Later: do their places fit? */
int disk_check_table(const struct disk *disk, struct lkl_error *err);
int disk_check_end(const struct disk *disk, struct lkl_error *err);

/* disk-sizes.c: fills in disk->extents and disk->size. */
int disk_find_sizes(struct disk *disk, struct lkl_error *err);
void disk_print_plan(const struct disk *disk);

/* disk-names.c: fills in disk->entries and disk->table.id. */
int disk_name_all(struct disk *disk, struct lkl_error *err);

#endif /* TAR2FS_LAYOUT_DISK_STEPS_H */

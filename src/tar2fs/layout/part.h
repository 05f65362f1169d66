/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * part.h - makes the content of one partition, in a file of its own.
 */
#ifndef TAR2FS_LAYOUT_PART_H
#define TAR2FS_LAYOUT_PART_H

#include "common/output.h"
#include "tar2fs/arguments.h"
#include "tar2fs/pack.h"
#include "contents.h"
#include "identifier.h"

/* Common to all partitions. */
struct part_context {
	const struct arguments *arguments;
	struct settings settings;
	/* Our own files, which may be in a folder that is copied. */
	struct own_file own[2 * DEFINITIONS_MAX + 1];
};

struct part {
	const struct definition *definition;
	const struct arguments *arguments;
	struct part_context *context;
	unsigned int index;
	const struct kind *kind;	/* NULL: no file system */
	/* It makes the file system from a scratch one of @kind; NULL: none. */
	const struct packer *packer;
	struct pack_programs pack_programs;
	bool is_swap;
	char *mkfs, *mkfs_library;	/* paths, see mkfs.h; owned */
	char label[GUID_TEXT_MAX * 4];	/* of the partition */
	char fs_label[GUID_TEXT_MAX * 4];
	char fs_uuid[GUID_TEXT_MAX];	/* "": the program chooses one */
	struct contents contents;
	bool has_contents;
	struct subvolumes subvolumes;
	struct demand demand;
	struct output *content;		/* NULL: the partition stays empty */
	char *blocks;			/* the path for CopyBlocks= */
	uint64_t built;			/* the size with which it was made; 0:
					   not yet */
	uint64_t failures;
};

/* The least size of the partition, and whether it may be larger. */
struct part_size {
	uint64_t min, max;		/* bytes; max UINT64_MAX: no limit */
	bool grows;
};

/* Also notes the file that the image replaces as one of our own. */
void part_context_init(struct part_context *context,
		       const struct arguments *arguments);

/*
 * part_open - open the files that the definition names, and find the programs
 * @users, @n_users: inputs of the command line that belong to it
 *
 * Interprets nothing.  part_close() is needed in any case.
 */
int part_open(struct part *part, const struct definition *definition,
	      unsigned int index, struct part_context *context,
	      char **users, size_t n_users, struct lkl_error *err);
void part_close(struct part *part);

/* Looks at the inputs. */
int part_measure(struct part *part, struct lkl_error *err);

/*
 * part_find_size - find the least size
 * @may_grow: the disk has a size, so the partition may become larger
 *
 * May make the content, too: squashfs and erofs even in a dry run, because their size
 * is not known before.
 */
int part_find_size(struct part *part, bool may_grow,
		   struct part_size *ret_size, struct lkl_error *err);

/* part_make - make the content, for a partition of this size */
int part_make(struct part *part, uint64_t size, struct lkl_error *err);

/* A file without a name for the content.  Its size does not matter. */
int part_new_content(struct part *part, struct lkl_error *err);

#endif /* TAR2FS_LAYOUT_PART_H */

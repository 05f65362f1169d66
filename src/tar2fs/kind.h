/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kind.h - the kinds of file systems that tar2fs makes.
 *
 * A kind says which program makes an empty file system, how to call it, and
 * how much room files take.  The last is for a first estimate only: build.c
 * corrects it by what the kernel reports.
 */
#ifndef TAR2FS_KIND_H
#define TAR2FS_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lkl.h>

#include "common/cli/date.h"

/*
 * The values that mkfs would otherwise choose at random, or by the clock.  Strings belong
 * to the command line.
 */
struct identity {
	const char *label;		/* NULL: none */
	const char *uuid;		/* NULL: the program chooses one */
	bool has_time;
	struct timestamp time;		/* of the making of the file system */
};

#define KIND_MEMORY_IMAGE (4ull << 40)

struct kind {
	const char *name;		/* as --type has it */
	const char *kernel;		/* its name in the kernel */
	const char *program, *package;
	const char *arguments[8];	/* always given; NULL ends them */
	const char *label_option;
	const char *uuid_option;	/* NULL: it cannot be chosen */
	const char *uuid_prefix;	/* in front of the value, or NULL */
	const char *inodes_option;	/* NULL: as many as there is room for */
	/*
	 * The root directory has a fixed number of entries, which this option
	 * chooses; with more than the limit, the arguments do without one.
	 */
	const char *root_option;	/* NULL: it grows as others do */
	unsigned int root_entry;	/* bytes, */
	unsigned int root_default;	/* number, */
	unsigned int root_max;		/* and limit */
	const char *rootless[3];	/* NULL ends them */
	unsigned int label_max;		/* bytes */
	uint64_t least;			/* the smallest image, bytes */
	uint64_t most;			/* the largest, unless mkfs gets options;
					   0: mkfs knows */
	uint64_t granule;		/* sizes are multiples of this */
	/*
	 * Memory of the kernel inside, in bytes, for images up to
	 * KIND_MEMORY_IMAGE, unless the user chooses; 0: as for any image.
	 */
	uint64_t memory;
	bool reserves;			/* see reserved_room() in fill.c */
	bool refuses_less;		/* than @least: mkfs would then make
					   another kind */
	bool looks_at_mounts;		/* mkfs fails if one may not be seen */
	bool no_hard_links;		/* copies take their place */
	bool no_holes;			/* a hole takes room as data do */
	/*
	 * Metadata are stored twice, apart from data, and mkfs has set so many
	 * bytes aside for each copy; 0: they are among the data.
	 */
	uint64_t metadata_room;

	/* Room that a file takes besides its data. */
	unsigned int inode_bytes;	/* outside of tables made by mkfs, */
	unsigned int table_bytes;	/* and in such a table */
	unsigned int inline_data;	/* a smaller file takes no block */
	unsigned int inline_link;	/* likewise a symbolic link, */
	unsigned int inline_xattrs;	/* extended attributes, */
	unsigned int inline_directory;	/* and a directory */
	unsigned int map_bytes;		/* for each block of data, */
	unsigned int mapped_blocks;	/* except so many in each file */
	/* Bytes of a directory entry with a name of that length. */
	unsigned int (*entry_bytes)(size_t name_len);
};

/* NULL if there is none of this name. */
const struct kind *kind_find(const char *name);

/*
 * type_suffix - find the suffix that may be a type, as "ext4" in "root.ext4"
 *
 * One for the format, as ".img", may come behind it.  Returns @buf; "": none.
 */
#define TYPE_SUFFIX_MAX	16
const char *type_suffix(const char *path, char buf[TYPE_SUFFIX_MAX]);

/* The kind that the suffix of a path names, as "ext4" in "root.ext4"; or NULL. */
const struct kind *kind_by_suffix(const char *path);

/* "ext2, ext3, ext4, ..." for a message. */
const char *kind_names(char *buf, size_t size);

/*
 * kind_check_identity - whether the file system can have this label and UUID
 *
 * -EINVAL, with a sentence.
 */
int kind_check_identity(const struct kind *kind,
			const struct identity *identity,
			struct lkl_error *err);

#endif /* TAR2FS_KIND_H */

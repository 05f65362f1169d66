/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mkfs.h - runs the distribution's program that makes an empty file system.
 */
#ifndef TAR2FS_MKFS_H
#define TAR2FS_MKFS_H

#include "common/cli/common-options.h"
#include "kind.h"

/*
 * mkfs_find - find the program before any work is done
 * @ret_path: to be freed
 *
 * Searches PATH, and the directories for administration, which the PATH of an
 * ordinary user may lack.  -ENOENT, with a sentence that names the package.
 */
int mkfs_find(const struct kind *kind, char **ret_path, struct lkl_error *err);

/*
 * mkfs_find_library - find the library that the program has to preload
 * @fixed: time and random numbers are fixed, which needs the library
 * @ret_library: to be freed; NULL if there is no need for it
 *
 * Returns 0, or -errno with a sentence.
 */
int mkfs_find_library(const struct kind *kind, bool fixed, char **ret_library,
		      struct lkl_error *err);

/* One call of the program. */
struct mkfs {
	const struct kind *kind;
	const char *program;		/* its path, from mkfs_find() */
	const struct identity *identity;
	const char *options;		/* of the user, or NULL */
	uint64_t inodes;		/* 0: as the program chooses */
	uint64_t root_bytes;		/* of entries of the root directory */
	enum sandbox_mode sandbox;	/* to run it in */
	const char *library;		/* mkfs_find_library() */
	const char *seed;		/* NULL: nothing is fixed */
};

/*
 * mkfs_run - make an empty file system that fills @image
 * @image: a file of the final size; the only one that the program may write
 *
 * Waits for the program.  On failure the sentence has the program's own words.
 */
int mkfs_run(const struct mkfs *mkfs, const char *image,
	     struct lkl_error *err);

#endif /* TAR2FS_MKFS_H */

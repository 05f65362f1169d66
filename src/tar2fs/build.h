/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * build.h - makes one file system from inputs, in a part of an image.
 */
#ifndef TAR2FS_BUILD_H
#define TAR2FS_BUILD_H

#include "fill.h"

/* The file system that is wanted. */
struct file_system {
	const struct kind *kind;
	struct identity identity;
	const char *mkfs;		/* the path of the program */
	const char *mkfs_library;	/* mkfs_find_library() */
	const char *mkfs_options;	/* NULL: none */
	uint64_t size;			/* bytes; 0: as small as possible */
	uint64_t free_bytes;		/* for users of the image, at least */
	unsigned int free_percent;	/* likewise, of the file system */
	struct subvolumes subvolumes;	/* of btrfs; owned by the caller */
	const char *compress;		/* files of btrfs; NULL: do not */
	/* See struct fill. */
	int (*finish)(const void *opaque, struct lkl_error *err);
	const void *finish_opaque;
	bool dry_run;			/* find the size, copy nothing */
	bool no_lost_found;		/* only the inputs are in it */
};

/* How to copy, and how the tool runs. */
struct building {
	const struct common_options *common;
	const struct settings *settings;
};

struct built {
	uint64_t size;			/* bytes */
	struct filled filled;
};

/*
 * build_file_system - make a file system and fill it
 * @inputs: each may be read several times, see inputs_are_seekable()
 * @demand: of @inputs; NULL if it is not known, which needs a size
 * @target: where; its content is replaced
 *
 * Runs mkfs and the kernel in confined processes.  Problems with single files
 * are reported and counted in ret_built->filled.failures.
 */
int build_file_system(const struct file_system *wanted,
		      const struct building *building, struct inputs *inputs,
		      const struct demand *demand, const struct fill_target *target,
		      struct built *ret_built, struct lkl_error *err);

#endif /* TAR2FS_BUILD_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fill.h - copies inputs into an empty file system, in a confined process.
 */
#ifndef TAR2FS_FILL_H
#define TAR2FS_FILL_H

#include "common/cli/common-options.h"
#include "demand.h"
#include "subvolumes.h"

enum fill_outcome {
	FILL_DONE,
	FILL_SMALL,			/* the file system has too little room */
	FILL_LARGE,			/* too much room; see fill.accept_large */
	FILL_FULL,			/* it became full during the copy */
};

/* The room of the file system, as the kernel reports it. */
struct room {
	uint64_t bytes;			/* in all */
	uint64_t free;			/* for root, except what is reserved */
	uint64_t available;		/* for other users */
	uint64_t inodes;		/* free; 0: not counted */
	unsigned int block_size;
};

/* The part of an image that holds the file system. */
struct fill_target {
	const char *name;		/* of the output, for messages */
	const char *path;		/* of a file that no other user can
					   replace: output_self() */
	const char *format;		/* "raw" or "qcow2" */
	/*
	 * If size is 0, the file holds nothing else, and is made anew.
	 * Otherwise the file exists.
	 */
	uint64_t offset, size;
	/*
	 * A path like @path, of a file on which mkfs works; its result is copied to
	 * the target.  NULL: mkfs works on the target itself, which must be a raw file.
	 */
	const char *scratch;
};

struct fill {
	const struct kind *kind;
	const struct fill_target *target;
	uint64_t size;			/* of the file system, bytes */
	const struct common_options *common;
	const struct settings *settings;
	struct inputs *inputs;
	/* If set, only look at the room, and copy if it is just enough. */
	const struct demand *demand;
	int64_t correction;		/* of demand, bytes */
	uint64_t free_bytes;		/* to be left for users */
	unsigned int free_percent;	/* likewise, of the file system */
	const struct subvolumes *subvolumes;
	const char *compress;		/* NULL: do not */
	/* Called in the image when all is copied; NULL: nothing to do. */
	int (*finish)(const void *opaque, struct lkl_error *err);
	const void *finish_opaque;
	bool accept_large;
	bool only_look;			/* copy nothing */
	bool no_lost_found;		/* remove what mkfs has made for fsck */
};

/* Of the root directory, when all is copied. */
struct root_attributes {
	unsigned int mode;		/* permissions */
	uint32_t uid, gid;
	int64_t mtime;			/* seconds */
};

struct filled {
	enum fill_outcome outcome;
	struct room before, after;
	uint64_t excess;		/* of FILL_LARGE and FILL_DONE, bytes */
	uint64_t shortage;		/* of FILL_SMALL, bytes */
	uint64_t files, directories, hard_links, others, bytes;	/* copied */
	uint64_t failures;		/* errors reported */
	uint64_t no_space;		/* of these, files that did not fit */
	struct root_attributes root;
};

/*
 * fill_run - mount the file system and copy all inputs into it
 *
 * Problems with single files are reported and counted.  Returns 0 or -errno
 * with a sentence.
 */
int fill_run(const struct fill *fill, struct filled *ret_filled,
	     struct lkl_error *err);

#endif /* TAR2FS_FILL_H */

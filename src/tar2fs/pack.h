/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pack.h - makes read-only file systems with the distribution's builders.
 *
 * A builder makes the complete file system in one step.  Those here read a tar archive,
 * so owners and devices need no privileges.  fs2tar writes the archive from a scratch ext4
 * that holds the inputs.
 */
#ifndef TAR2FS_PACK_H
#define TAR2FS_PACK_H

#include "fill.h"

struct packer {
	const char *name;		/* as --type has it */
	const char *program, *package;
	const char *arguments[12];	/* always given; NULL ends them */
	const char *label_option, *uuid_option;	/* NULL: it has none */
	unsigned int label_max;		/* bytes */
	struct time_range times;	/* max 0: all that are possible */
	bool root_options;		/* the root directory is not taken from
					   the archive, but from options */
};

/* NULL if there is none of this name. */
const struct packer *packer_find(const char *name);

/* The one that the suffix of a path names; or NULL. */
const struct packer *packer_by_suffix(const char *path);

/* As kind_check_identity(). */
int packer_check_identity(const struct packer *packer,
			  const struct identity *identity,
			  struct lkl_error *err);

/* The programs, found before any work is done. */
struct pack_programs {
	char *builder, *fs2tar;		/* owned */
};

/* -ENOENT, with a sentence that names the package. */
int pack_find(const struct packer *packer, struct pack_programs *programs,
	      struct lkl_error *err);
void pack_programs_free(struct pack_programs *programs);

struct pack {
	const struct packer *packer;
	const struct pack_programs *programs;
	const struct identity *identity;
	const struct root_attributes *root;
	const char *options;		/* of the user, or NULL */
	const char *library;		/* fixed_mkfs_find(); NULL: none */
	const char *seed;		/* with @library */
	enum sandbox_mode sandbox;
	const char *name;		/* of the output, for messages */
	/* Paths that no other user can replace: output_self(). */
	const char *scratch;		/* of the ext4 */
	const char *image;		/* of an empty file */
};

/* pack_run - turn the scratch ext4 into the image */
int pack_run(const struct pack *pack, struct lkl_error *err);

#endif /* TAR2FS_PACK_H */

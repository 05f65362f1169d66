/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * arguments.h - the command line of tar2fs.
 */
#ifndef TAR2FS_ARGUMENTS_H
#define TAR2FS_ARGUMENTS_H

#include "common/cli/common-options.h"
#include "build.h"
#include "pack.h"

/* Of whole disks. */
struct layout_options {
	const char *path;		/* --layout; NULL: no partitions */
	bool dos;			/* the kind of partition table */
	unsigned int sector_size;
};

struct arguments {
	struct common_options common;
	struct settings settings;
	struct file_system file_system;
	struct container_options container;
	const char *image_tag, *platform;	/* or NULL */
	/* Makes the image from an ext4; NULL: the file system is the image. */
	const struct packer *packer;
	struct pack_programs pack_programs;
	const char *pack_options;	/* of the user, or NULL */
	const char *type, *table;	/* --type and --table, or NULL */
	const char *format;		/* "raw" or "qcow2" */
	struct layout_options layout;
	bool verity;			/* make a hash tree, print its root */
	const char *verity_hash;	/* the file for it; NULL: the image */
	bool sync;
	char **inputs;
	size_t n_inputs;
	const char *output;
};

/*
 * arguments_parse - parse the command line
 *
 * Returns 1 to go on, 0 after --help and the like, -errno.
 */
int arguments_parse(int argc, char **argv, struct arguments *ret_arguments,
		    struct lkl_error *err);
void arguments_free(struct arguments *arguments);

/* The first option that is only for container images; NULL: none is given. */
const char *arguments_container_option(const struct arguments *arguments);

#endif /* TAR2FS_ARGUMENTS_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inputs.h - the folders and archives that go into a file system, in their order.
 */
#ifndef TAR2FS_INPUTS_H
#define TAR2FS_INPUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <lkl.h>

#include "common/tree/filter.h"
#include "container/container.h"

enum input_type {
	INPUT_FOLDER,
	INPUT_ARCHIVE,
	INPUT_FILE,			/* one file, with input.target */
};

struct input {
	enum input_type type;
	const char *name;		/* as the user gave it */
	int fd;				/* of an archive; owned */
	bool seekable;			/* it can be read again, from @start */
	off_t start;
	int spool;			/* see inputs_spool(); owned */
	/*
	 * A folder or archive may be a container image.  If it is one, the
	 * plan says so, see container.h; owned.
	 */
	bool may_be_container;
	int plan;
	const char *target;		/* of a folder or file; NULL: the root */
	const struct filter *filter;	/* NULL: that of the settings */
};

/* Later ones go over earlier ones. */
struct inputs {
	struct input *at;		/* owned */
	size_t n;
};

/*
 * inputs_open - open the inputs, before any of them is interpreted
 * @names: paths; "-" is standard input
 *
 * Loads libarchive if one is an archive.  inputs_close() is needed in any
 * case.
 */
int inputs_open(struct inputs *inputs, char **names, size_t n,
		struct lkl_error *err);
void inputs_close(struct inputs *inputs);

/* The input that is this file, by device and inode number; NULL if none is. */
const struct input *inputs_find_file(const struct inputs *inputs,
				     const struct stat *file);

/* Whether all of them can be read more than once. */
bool inputs_are_seekable(const struct inputs *inputs);

/*
 * inputs_spool - make a file for the copy of each archive
 * @directory: where to make the files, which have no names
 *
 * The first reader of an input that can be read only once writes all its bytes to
 * input->spool.  inputs_use_spools() then makes these files the inputs.  A container image
 * in a compressed archive is decompressed into this file.  Also makes the files for plans
 * of container images.
 */
int inputs_spool(struct inputs *inputs, const char *directory,
		 struct lkl_error *err);
void inputs_use_spools(struct inputs *inputs);

/* For container_measure() and container_unpack(). */
struct container_input input_as_container(const struct input *input);

/* Whether container_measure() has found a container image. */
bool input_is_container(const struct input *input);
bool inputs_have_container(const struct inputs *inputs);

/* Whether any is an archive, of whatever kind. */
bool inputs_have_archive(const struct inputs *inputs);

/*
 * input_rewind - go to the start of an archive that was read before
 *
 * Returns 0 or -errno.
 */
int input_rewind(const struct input *input);

#endif /* TAR2FS_INPUTS_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * operands.h - the operands SOURCE... DEST.
 */
#ifndef COPY_OPERANDS_H
#define COPY_OPERANDS_H

#include "job.h"

/* As given; the strings belong to the command line. */
struct operands {
	char **sources;
	size_t n;
	const char *dest;
	bool dest_is_directory;		/* --target-directory */
	bool dest_is_file;		/* -T */
	bool mkdir;			/* --mkdir */
	/*
	 * The sandbox has made the directory that the first @root_len bytes of
	 * @dest name the current one, and perhaps the root directory.
	 */
	bool has_root;
	size_t root_len;
	/*
	 * DEST is an existing file, and the sandbox opens nothing beside it.
	 * What replaces it is made in the directory @staging; NULL: nothing can
	 * replace it.  Owned.
	 */
	bool overwrites;
	char *staging;
};

/* Where copies go, in job->to_base. */
struct destination {
	char *name;		/* owned; NULL: each has its source's name */
	bool trailing_slash;	/* the copy must be a directory */
	bool follow;		/* write through a link to a file */
};

/*
 * operands_open_destination - open job->to_base
 * @n: how many files will be copied
 *
 * That is the destination, or its parent if the destination is a file.
 */
int operands_open_destination(struct job *job, const struct operands *operands,
			      size_t n, struct destination *ret_destination,
			      struct lkl_error *err);

/* Everything was copied: clamps the times of job->to_base. */
int operands_clamp_destination(struct job *job);

/* Copies all operands.  A problem with one of them is reported. */
int operands_copy(struct job *job, const struct operands *operands,
		  struct lkl_error *err);

#endif /* COPY_OPERANDS_H */

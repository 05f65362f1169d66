/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * operands.h - SOURCE... DEST: what is copied where.
 */
#ifndef CP_OPERANDS_H
#define CP_OPERANDS_H

#include "job.h"

struct operands {
	char **sources;
	size_t n;
	const char *dest;
	bool dest_is_directory;		/* --target-directory */
	bool dest_is_file;		/* -T */
	bool mkdir;			/* --mkdir */
};

/*
 * operands_open - find the destination: job->to_base and the spot in it
 * @n: how many files will be copied
 *
 * With a file's name as the destination, job->to_base is its parent.
 */
struct destination {
	char *name;		/* in job->to_base; NULL: the source's */
	bool trailing_slash;	/* so it can be a directory alone */
	bool follow;		/* it is a link to a file, the user's choice */
};

int operands_open_destination(struct job *job, const struct operands *operands,
			      size_t n, struct destination *ret_destination,
			      struct lkl_error *err);

/* All is copied: the time of the directory that it went into. */
int operands_touched(struct job *job);

/* Copy them all; trouble with one of them is told. */
int operands_copy(struct job *job, const struct operands *operands,
		  struct lkl_error *err);

#endif /* CP_OPERANDS_H */

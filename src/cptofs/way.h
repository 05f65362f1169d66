/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * way.h - what happens to something that is in the way of a new file.
 */
#ifndef CP_WAY_H
#define CP_WAY_H

#include "attributes.h"

/* What became of it. */
enum verdict {
	VERDICT_LEAVE,		/* it stays, nothing is made */
	VERDICT_FREE,		/* it is gone, or was never there */
	VERDICT_WRITE,		/* it is to be written to */
};

/* How a file is made; -EEXIST if something is in its way. */
struct recipe {
	int (*make)(struct job *job, const struct spot *spot,
		    const struct lkl_statx *st, const void *argument);
	const void *argument;
	bool contents;		/* it has some: old files may get them */
};

/*
 * way_make - make a file that is no directory
 * @st: what shall be made
 *
 * The recipe is tried, and if something is in the way, that goes or stays as
 * the user wants it, and the recipe is tried once more.  Returns what that
 * returns; for the other verdicts, and in a dry run, 0 or an error that ends
 * the job.
 */
int way_make(struct job *job, const struct spot *spot,
	     const struct lkl_statx *st, const struct recipe *recipe,
	     enum verdict *ret_verdict);

/* Remove it; told already if 0 is returned with *@verdict to leave it. */
int way_clear(struct job *job, const struct spot *spot,
	      enum verdict *verdict);

/*
 * way_note - remember what may not be overwritten by another source
 * @fd: the file that was made, -1: it is not open
 */
void way_note(struct job *job, const struct spot *spot, int fd);

#endif /* CP_WAY_H */

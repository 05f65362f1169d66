/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tree.h - copy a file, or a directory and all that is below it.
 */
#ifndef CP_TREE_H
#define CP_TREE_H

#include "make.h"

/*
 * tree_copy - copy one operand
 * @name: the source, a path from job->from_base, as in job->source
 * @follow: what it leads to, if it is a link
 * @spot: where to, in job->to_base, as in job->target
 */
int tree_copy(struct job *job, const char *name, bool follow,
	      const struct spot *spot);

#endif /* CP_TREE_H */

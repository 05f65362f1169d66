/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tree.h - writes all wanted files of a tree.
 */
#ifndef FS2TAR_TREE_H
#define FS2TAR_TREE_H

#include "job.h"

/*
 * write_tree - write a directory and all wanted files below it
 * @root: descriptor of the image's kernel; taken
 *
 * Changes the kernel's current directory.
 */
int write_tree(struct job *job, int root);

#endif /* FS2TAR_TREE_H */

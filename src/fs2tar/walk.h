/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * walk.h - go through a tree, depth first.
 */
#ifndef FS2TAR_WALK_H
#define FS2TAR_WALK_H

#include "job.h"

/*
 * walk - write all wanted files below a directory, and itself
 * @root: the kernel's file descriptor of the directory; taken
 *
 * Changes the kernel's current directory.
 */
int walk(struct job *job, int root);

#endif /* FS2TAR_WALK_H */

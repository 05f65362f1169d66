/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * holes.h - whether a file is sparse, and whether its size can be true.
 */
#ifndef FS2TAR_HOLES_H
#define FS2TAR_HOLES_H

#include "job.h"

/*
 * holes_find - find the holes of an open file
 *
 * Returns 1 with job->map filled in, 0 if the file is better written as a
 * whole, -errno if it should not be written.
 */
int holes_find(struct job *job, int fd, const struct lkl_statx *st);

#endif /* FS2TAR_HOLES_H */

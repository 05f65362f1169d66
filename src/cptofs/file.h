/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * file.h - copy one file that is not a directory.
 */
#ifndef CP_FILE_H
#define CP_FILE_H

#include "make.h"

/* Returns enum made, or -errno. */
int file_copy(struct job *job, int dir, const char *name, bool follow,
	      const struct lkl_statx *st, const struct spot *spot);

#endif /* CP_FILE_H */

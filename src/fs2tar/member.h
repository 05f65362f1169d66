/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * member.h - writes one file of the image as a member of the archive.
 */
#ifndef FS2TAR_MEMBER_H
#define FS2TAR_MEMBER_H

#include "job.h"

/* Whether the file has several names, so that links_add() will be called. */
bool member_has_links(const struct lkl_statx *st);

/*
 * member_write - write a file of any type, with its data
 * @name: in the kernel's current directory; job->path is its path
 * @dirname: of the directory, if member_has_links()
 */
int member_write(struct job *job, const char *name, const struct lkl_statx *st,
		 struct dirname *dirname);

#endif /* FS2TAR_MEMBER_H */

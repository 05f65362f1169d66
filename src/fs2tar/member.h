/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * member.h - one file of the image becomes one member of the archive.
 */
#ifndef FS2TAR_MEMBER_H
#define FS2TAR_MEMBER_H

#include "job.h"

/* Whether links_add() will be needed: a file with more names than one. */
bool member_has_links(const struct lkl_statx *st);

/*
 * member_put - write a file of any type
 * @name: in the kernel's current directory; its path is job->path
 * @dirname: the directory, if member_has_links()
 */
int member_put(struct job *job, const char *name, const struct lkl_statx *st,
	       struct dirname *dirname);

#endif /* FS2TAR_MEMBER_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * member.h - what a tar archive says about one of its members.
 */
#ifndef CP_MEMBER_H
#define CP_MEMBER_H

#include "common/archive-library.h"
#include "job.h"

/* Type, permissions, owners, size, device and times. */
void member_stat(struct archive_entry *entry, struct lkl_statx *ret_st);

/* job->xattrs becomes the member's, ACLs among them.  -ENOMEM. */
int member_xattrs(struct job *job, struct archive_entry *entry);

/*
 * member_path - a name as a path below the destination, to be freed
 *
 * Without slashes and dots in front of it; "." for the destination itself.
 * -EINVAL for one that would lead out of it, by "..".
 */
int member_path(const char *name, char **ret_path);

#endif /* CP_MEMBER_H */

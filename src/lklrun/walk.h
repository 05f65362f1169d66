/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * walk.h - finds the place of a path, one name after the other, for paths that may lead
 * to the host.
 */
#ifndef LKLRUN_WALK_H
#define LKLRUN_WALK_H

#include "binds.h"
#include "resolve.h"

#define WALK_LINKS_MAX	40	/* as the kernel has it */

/*
 * walk_from - as resolve(), from a directory
 * @start: a directory inside (with an empty name), or a place of the host
 * @native: the caller's own call takes the same way from there, as long as it
 * stays on the host
 */
long walk_from(struct call *call, const struct place *start, const char *path,
	       unsigned int flags, bool native, struct place *ret_place);

/* The magic links of a process's folder in /proc. */
enum proc_link {
	PROC_LINK_NONE,
	PROC_LINK_SELF,		/* /proc/self */
	PROC_LINK_THREAD_SELF,
	PROC_LINK_CWD,
	PROC_LINK_ROOT,
	PROC_LINK_EXE,
	PROC_LINK_FD,
	PROC_LINK_OTHER,	/* the host follows it: a namespace */
	PROC_LINK_REFUSED,	/* not of the program, or a mapping */
};

/*
 * proc_link - which link it is
 * @path: from the root of /proc, without links before its last name
 * @ret_owner: for PROC_LINK_CWD, _ROOT, _EXE and _FD: the task of the program whose
 * link it is, as the caller of a call
 * @ret_fd: for PROC_LINK_FD
 */
enum proc_link proc_link(const struct call *call, const char *path,
			 struct call *ret_owner, int *ret_fd);

#endif /* LKLRUN_WALK_H */

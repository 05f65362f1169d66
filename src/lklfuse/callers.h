/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * callers.h - what a request does not say of the process that it comes from.
 *
 * A sandbox does not let us look at other processes.  The guardian, who is who
 * has mounted, does it for us.
 */
#ifndef LKLFUSE_CALLERS_H
#define LKLFUSE_CALLERS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/sandbox/guardian.h"

/* ---- In the guardian ---- */

/* For struct guardian_work; @mountpoint is its path. */
int callers_answer(void *mountpoint, const struct guardian_question *question,
		   struct guardian_answer *ret_answer);

/* ---- In the daemon: any thread may ask, between these ---- */

void callers_begin(struct guardian *guardian);
/* No more questions: the guardian is about to be used. */
void callers_end(void);

/*
 * callers_find_file - which file of the mount a process has open
 * @pid, @fd: of the process
 * @ret_inode: its number there
 *
 * -EACCES if the guardian may not look at that process, -EBADF if there is no
 * such descriptor, -EXDEV if it is of something else.
 */
int callers_find_file(pid_t pid, int64_t fd, uint64_t *ret_inode);

/*
 * callers_groups - the supplementary groups of a thread
 * @pid: the thread's
 * @uid, @gid: what it acts as: the request says so
 * @ret_groups: the host's numbers, to be freed; NULL if there are none
 *
 * -EACCES if the guardian cannot see that thread.
 */
int callers_groups(pid_t pid, uint32_t uid, uint32_t gid,
		   uint32_t **ret_groups, size_t *ret_n);

#endif /* LKLFUSE_CALLERS_H */

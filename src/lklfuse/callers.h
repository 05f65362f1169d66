/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * callers.h - facts about the calling process that a request does not carry.
 *
 * The sandbox keeps the daemon from looking at other processes.  The guardian
 * runs outside of the sandbox, as the user that mounted, and looks for it.
 */
#ifndef LKLFUSE_CALLERS_H
#define LKLFUSE_CALLERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/sandbox/guardian.h"

/* Kinds of questions; from QUESTION_OTHERS on they are not about callers. */
enum {
	QUESTION_FILE,
	QUESTION_GROUPS,
	QUESTION_DYING,
	QUESTION_DETACH,
	QUESTION_OTHERS,
};

/* ---- In the guardian ---- */

/* The ask() of struct guardian_work; @mountpoint is the path of the mount. */
int callers_answer(void *mountpoint, const struct guardian_question *question,
		   struct guardian_answer *ret_answer);

/* ---- In the daemon ---- */

/*
 * callers_begin, callers_end - between these, any thread may ask @guardian
 *
 * To be ended before the guardian is told to unmount.
 */
void callers_begin(struct guardian *guardian);
void callers_end(void);

/*
 * callers_detach_guardian - have the guardian close the caller's standard error
 * and leave its working directory
 */
void callers_detach_guardian(void);

/*
 * callers_find_file - find the file behind a descriptor of a process
 * @ret_inode: its inode number in the mount
 *
 * -EACCES if the guardian may not look at the process, -EBADF if there is no
 * such descriptor, -EXDEV if the file is not in the mount.
 */
int callers_find_file(pid_t pid, int64_t fd, uint64_t *ret_inode);

/*
 * callers_groups - the supplementary groups of a thread
 * @uid, @gid: the ids in the request; they must be the thread's
 * @ret_groups: the host's numbers; the caller frees them; NULL if none
 *
 * -EACCES if the guardian cannot see the thread.
 */
int callers_groups(pid_t pid, uint32_t uid, uint32_t gid,
		   uint32_t **ret_groups, size_t *ret_n);

/* callers_is_dying - whether a signal is ending a thread; false if unknown */
bool callers_is_dying(pid_t thread);

#endif /* LKLFUSE_CALLERS_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * unmounter.h - a guardian that takes the mount away: when told to, and when
 * the daemon has died.
 *
 * Without root that takes fusermount3, which a sandbox does not let start.
 * Nor does that let us look at other processes: until then the guardian tells
 * which file of the mount a descriptor of theirs is.
 */
#ifndef LKLFUSE_UNMOUNTER_H
#define LKLFUSE_UNMOUNTER_H

#include <stdint.h>
#include <sys/types.h>

#include <lkl.h>

#include "../guardian.h"

/*
 * unmounter_start - before anything is mounted
 * @mountpoint: an absolute path, copied
 */
int unmounter_start(const char *mountpoint, struct guardian **ret_guardian,
		    struct lkl_error *err);

/*
 * What guardian_act() returns if the mount was in use: what was cached has
 * been handed over, and the mount point is free; but files are still open.
 */
#define UNMOUNTER_BUSY 1

/*
 * unmounter_find - which file of the mount a process has open
 * @pid, @fd: of the process
 * @ret_inode: its number there
 *
 * -EACCES if we may not look at that process (the guardian is who mounted it),
 * -EBADF if there is no such descriptor, -EXDEV if it is of something else.
 * May be called by any thread, until unmounter_stop().
 */
int unmounter_find(pid_t pid, int64_t fd, uint64_t *ret_inode);

/* unmounter_stop - no more questions: the guardian is about to be used */
void unmounter_stop(void);

#endif /* LKLFUSE_UNMOUNTER_H */

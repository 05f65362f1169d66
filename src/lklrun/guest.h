/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * guest.h - calls that a thread of the program makes for us, to receive a descriptor.
 *
 * One thread at a time, which ptrace has stopped before a call, between guest_add() and
 * guest_end(); for the thread that traces.
 */
#ifndef LKLRUN_GUEST_H
#define LKLRUN_GUEST_H

#include <stdbool.h>

#include "call.h"
#include "registers.h"

struct task;

/*
 * guest_read - the registers at the stop before a call
 *
 * -ESRCH if it is another stop, or none: when a thread of the process executes a
 * program, it takes the number of the first thread.
 */
int guest_read(const struct task *task, const struct call *call,
	       struct user_regs_struct *registers);

/*
 * guest_add - have the caller receive a copy of @fd, close-on-exec with O_CLOEXEC
 *
 * Returns its number, or -errno; -ESRCH: the caller is gone.  What happens to other
 * processes meanwhile is handled later (trace_has_kept()).
 */
int guest_add(struct task *task, const struct call *call, int fd,
	      unsigned int flags);

/*
 * guest_end - after guest_add(), also if it failed: give the call its result
 *
 * The caller stays stopped.  False, and nothing is done, if there was no guest_add().
 */
bool guest_end(const struct call *call, long result);

#endif /* LKLRUN_GUEST_H */

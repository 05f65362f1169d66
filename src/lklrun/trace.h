/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace.h - follows the program's processes with ptrace: new ones, exec, the end.
 */
#ifndef LKLRUN_TRACE_H
#define LKLRUN_TRACE_H

#include <stdbool.h>
#include <sys/types.h>

#include <lkl.h>

/* trace_begin - trace @pid, a child that waits; all die if this process does */
int trace_begin(pid_t pid, struct lkl_error *err);

/*
 * trace_handle - handle all events that are there
 *
 * Returns true when @first has ended, with its status as wait() has it.
 */
bool trace_handle(pid_t first, int *ret_status);

/* trace_kill_all - end all processes of the program, and wait for them */
void trace_kill_all(void);

#endif /* LKLRUN_TRACE_H */

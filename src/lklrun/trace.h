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

enum trace_result {
	TRACE_NO_MORE,		/* all was handled */
	TRACE_MORE,		/* there may be more: call it again soon */
	TRACE_ENDED,		/* @first has ended */
};

/*
 * trace_handle - handle events that are there
 *
 * When @first has ended, @ret_status is its status as wait() has it.
 */
enum trace_result trace_handle(pid_t first, int *ret_status);

/*
 * trace_await - wait for the next stop of @tid, which runs
 *
 * What happens to others meanwhile is handled by trace_handle() later; so is the end of
 * @tid, or exec in its place: false then.
 */
bool trace_await(pid_t tid, int *ret_status);

/* trace_has_kept - has trace_await() left something for trace_handle()? */
bool trace_has_kept(void);

/* trace_kill_all - end all processes of the program, and wait for them */
void trace_kill_all(void);

#endif /* LKLRUN_TRACE_H */

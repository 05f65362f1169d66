/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * transport.h - how calls of the program get to this process, and answers to them.
 *
 * There is one transport for as long as lklrun runs, which transport_use() chose.
 */
#ifndef LKLRUN_TRANSPORT_H
#define LKLRUN_TRANSPORT_H

#include <stdbool.h>

#include "call.h"

struct pollfd;
struct task;

/* Requests go to serve_call().  All but answer() and give() is for its thread. */
struct transport {
	/*
	 * Begin.  @listener: of transport_notify, which owns it from now on; -1 of others.
	 * 0 or -errno.
	 */
	int (*begin)(int listener, struct lkl_error *err);
	/* The descriptor that is readable when receive() has something to do. */
	int (*descriptor)(void);
	/* As poll(), of the loop; NULL: poll() does. */
	int (*wait)(struct pollfd *fds, unsigned int n, int timeout);
	/* Take what has arrived: calls go to serve_call(). */
	void (*receive)(void);
	/*
	 * SECCOMP_RET_TRACE has stopped a thread before a call.  True: the call has been or
	 * will be answered.  False: it is exec, or the filter is the program's own.  NULL:
	 * always false.
	 */
	bool (*stopped)(struct task *task);
	/*
	 * Answer a call with a handler's result, also CALL_CONTINUE.  Does nothing if the
	 * caller is gone.  Any thread may call it.
	 */
	void (*answer)(const struct call *call, long result);
	/*
	 * Answer with a copy of @fd, close-on-exec if O_CLOEXEC is in @flags.  0, or
	 * -errno: the call is not answered, or -ESRCH: the caller is gone.  Any thread may;
	 * of others than that of serve_call(), 0 may be an answer with an error, too.
	 */
	int (*give)(const struct call *call, int fd, unsigned int flags);
	/*
	 * The same without an answer: its number, or -errno.  The answer may not be
	 * CALL_CONTINUE afterwards.
	 */
	int (*add)(const struct call *call, int fd, unsigned int flags);
};

extern const struct transport transport_notify;	/* seccomp user notification */
extern const struct transport transport_ptrace;	/* stops of ptrace */

/* transport_use - before all others, and once */
void transport_use(const struct transport *which);

/* transport - the one that is used */
const struct transport *transport(void);

#endif /* LKLRUN_TRANSPORT_H */

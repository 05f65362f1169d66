/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fault.h - faults of threads that are in the kernel: see fault.c.
 */
#ifndef LKL_FAULT_H
#define LKL_FAULT_H

#include <stdbool.h>
#include <sys/types.h>

struct lkl_error;

/*
 * fault_install - handle faults from now on
 * @panic: of the kernel's own code, too
 *
 * May be called again: it puts the handlers in front of those that the program
 * has installed since.  Returns 0 or -errno: it remembers the program's
 * handlers, and fails if there are too many.
 */
int fault_install(bool panic, struct lkl_error *err);

/*
 * fault_thread_init - prepare the calling thread for faults
 *
 * Gives it an alternate signal stack, unless it has one, since a kernel stack
 * is small and may have overflowed.  Unblocks the signals that
 * fault_install() handles.
 */
void fault_thread_init(void);
void fault_thread_exit(void);

/*
 * fault_report - log the fault that has ended the kernel, if one has
 *
 * For the thread that has faulted, on its own stack; it can be cancelled again
 * if it could be before.
 */
void fault_report(void);

/*
 * fault_look - see where a thread that drives is
 * @tid: the thread
 * @ret_text: the first of the lines
 *
 * Interrupts it for a moment.  Returns 0 and writes lines to @log, or -EAGAIN if
 * it does not drive, or -EBUSY if the program handles its faults.
 */
int fault_look(pid_t tid, void (*log)(const char *line),
	       struct lkl_error *ret_text);

/* The state of the calling thread. */
enum fault_place {
	FAULT_IN_PROGRAM,
	FAULT_IN_KERNEL,	/* it drives a vCPU */
	FAULT_IN_HOST,		/* it drives, and the kernel called the host */
	FAULT_IN_CALLBACK,	/* it drives, but runs the program's code */
};
extern __thread enum fault_place fault_place
	__attribute__((tls_model("initial-exec"), visibility("hidden")));

static inline void fault_enter(void)
{
	fault_place = FAULT_IN_KERNEL;
}

static inline void fault_leave(void)
{
	fault_place = FAULT_IN_PROGRAM;
}

/*
 * Around operations for the kernel that take locks or may reach a cancellation
 * point.  Between them the thread is not cancelled, since it could not be
 * unwound on a kernel stack; and a fault breaks the library for good, since the
 * thread may hold a lock (process_break()).
 */
void fault_host_begin(void);
void fault_host_end(void);

/* Around callbacks of the program, which may be called from anywhere. */
static inline enum fault_place fault_callback_begin(void)
{
	enum fault_place before = fault_place;

	if (before == FAULT_IN_KERNEL || before == FAULT_IN_HOST)
		fault_place = FAULT_IN_CALLBACK;
	return before;
}

static inline void fault_callback_end(enum fault_place before)
{
	fault_place = before;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * thread.h - the structures of the host threads that make calls.
 */
#ifndef LKL_THREAD_H
#define LKL_THREAD_H

#include "vcpu.h"

/* Set while the thread makes a call, and in threads that make none. */
extern __thread bool thread_in_call
	__attribute__((tls_model("initial-exec"), visibility("hidden")));

/*
 * thread_enter - the calling thread begins to use the kernel
 *
 * False if it is in a call already: the caller is a signal handler that
 * interrupted the call, or a callback of the library.
 */
static inline bool thread_enter(void)
{
	if (__builtin_expect(thread_in_call, 0))
		return false;
	thread_in_call = true;
	atomic_signal_fence(memory_order_seq_cst);
	return true;
}

/* thread_leave - after thread_enter() */
static inline void thread_leave(void)
{
	atomic_signal_fence(memory_order_seq_cst);
	thread_in_call = false;
}

/*
 * thread_prepare - prepare the calling thread for faults: fault_thread_init()
 *
 * The end of the thread undoes it.  A thread's first call does the same.
 * Returns 0 or -errno.
 */
int thread_prepare(void);

/*
 * thread_call - make the calling thread's system call, or an LKL_CALL_...
 *
 * Returns as lkl_syscall() does.
 */
long thread_call(long nr, const long args[6]);

/* thread_get - a structure for the calling thread; NULL if out of memory. */
struct host_thread *thread_get(void);

/* thread_set_tid - the calling thread uses @t from now on; thread_get() does it. */
void thread_set_tid(struct host_thread *t);

/* thread_put - recycle a structure that the kernel does not use (any more). */
void thread_put(struct host_thread *t);

/* thread_for_each - call @fn for all structures, in use or not. */
void thread_for_each(void (*fn)(struct host_thread *t));

/* thread_reclaim - recycle those whose tasks were to end when the kernel did. */
void thread_reclaim(void);

/* An operation of struct lkl_host_ops. */
void thread_released(struct lkl_thread *thread);

#endif

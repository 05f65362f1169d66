/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fault.h - faults of kernel code as panics.
 */
#ifndef LKL_FAULT_H
#define LKL_FAULT_H

#include <stdbool.h>

/* fault_catch - catch the faults of driving threads from now on. */
void fault_catch(void);

/*
 * fault_thread_init - give the calling thread a stack to handle faults on, if
 * they are caught and it has none: a kernel stack may have overflowed.
 */
void fault_thread_init(void);
void fault_thread_exit(void);

/* Whether the calling thread is in the kernel. */
extern __thread bool fault_in_kernel
	__attribute__((tls_model("initial-exec"), visibility("hidden")));

static inline void fault_enter(void)
{
	fault_in_kernel = true;
}

static inline void fault_leave(void)
{
	fault_in_kernel = false;
}

#endif

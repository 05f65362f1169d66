/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * thread.h - the structures of the host threads that make calls.
 */
#ifndef LKL_THREAD_H
#define LKL_THREAD_H

#include "vcpu.h"

/* thread_get - a structure for the calling thread; NULL if out of memory. */
struct host_thread *thread_get(void);

/* thread_put - recycle a structure that the kernel does not use (any more). */
void thread_put(struct host_thread *t);

/* thread_for_each - call @fn for all structures, in use or not. */
void thread_for_each(void (*fn)(struct host_thread *t));

/* An operation of struct lkl_host_ops. */
void thread_released(struct lkl_thread *thread);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * process.h - tells the process that started the kernel from its children.
 *
 * A child made by fork() has a copy of the library, but neither the kernel's
 * memory nor its threads.
 */
#ifndef LKL_PROCESS_H
#define LKL_PROCESS_H

#include <stdatomic.h>
#include <stdbool.h>

#include "lkl.h"

/* A page that the host empties in a child. */
struct process_page {
	atomic_bool has_kernel;
	atomic_bool broken;
	char rest[4094];
};

extern struct process_page process_page
	__attribute__((visibility("hidden")));

/* process_has_kernel - does a kernel belong to this very process? */
static inline bool process_has_kernel(void)
{
	return atomic_load_explicit(&process_page.has_kernel,
				    memory_order_relaxed);
}

/* process_begin - the kernel that is about to start is this process's. */
int process_begin(void);

/* process_end - it is gone. */
void process_end(void);

/*
 * process_break - the library is of no use to this process any more
 *
 * A thread has faulted in it and may hold any of its locks.  The functions of
 * lkl.h take none from now on: process_check() makes them fail.  Those under way
 * give up where they wait for one (blk/lock.h).  May be called in a signal
 * handler.
 */
void process_break(void);

/* process_is_broken - has process_break() been called in this very process? */
static inline bool process_is_broken(void)
{
	return atomic_load_explicit(&process_page.broken,
				    memory_order_relaxed);
}

/*
 * process_check - whether the library can be used
 *
 * -ECHILD if the kernel is that of a parent, -ENOTRECOVERABLE after
 * process_break(), otherwise 0.  Takes no lock, since nobody may be left to
 * release it.
 */
int process_check(void);

/* process_fail - the same, for functions that explain themselves. */
int process_fail(struct lkl_error *err);

#endif

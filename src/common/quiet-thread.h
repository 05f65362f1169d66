/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * quiet-thread.h - starts a thread that gets no signals.
 *
 * They go to the thread that works, and interrupt its calls.
 */
#ifndef TOOLS_QUIET_THREAD_H
#define TOOLS_QUIET_THREAD_H

#include <pthread.h>

/* The same as pthread_create().  Returns 0 or -errno. */
int quiet_thread_create(pthread_t *ret_thread, void *(*run)(void *opaque),
			void *opaque);

#endif /* TOOLS_QUIET_THREAD_H */

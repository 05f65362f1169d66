// SPDX-License-Identifier: GPL-2.0-only
/*
 * quiet-thread.c - starts a thread that gets no signals.
 */
#include "quiet-thread.h"

#include <signal.h>

int quiet_thread_create(pthread_t *ret_thread, void *(*run)(void *opaque),
			void *opaque)
{
	sigset_t all, old;
	int code;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	code = pthread_create(ret_thread, NULL, run, opaque);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return -code;
}

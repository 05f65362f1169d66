// SPDX-License-Identifier: GPL-2.0-only
/*
 * thread-stacks.c - threads that start or halt a kernel, or make calls, get an
 * alternate signal stack, and lose it when they end.  A signal handler that
 * runs while they end cannot make calls.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>

#include "boot.h"

static atomic_int set, unset;
static atomic_long ret_at_end;
static __thread bool interrupt_end;

#ifndef __SANITIZE_THREAD__
/* In place of the C library's. */
int sigaltstack(const stack_t *ss, stack_t *old)
{
	long ret = syscall(SYS_sigaltstack, ss, old);

	if (!ret && ss)
		atomic_fetch_add(ss->ss_flags & SS_DISABLE ? &unset : &set, 1);
	if (interrupt_end && ss && ss->ss_flags & SS_DISABLE) {
		interrupt_end = false;
		raise(SIGUSR1);
	}
	return (int)ret;
}
#endif

static void call_in_handler(int sig)
{
	(void)sig;
	atomic_store(&ret_at_end, lkl_sys_getpid());
}

static void *start(void *arg)
{
	boot(0);
	return arg;
}

static void *halt(void *arg)
{
	OK(lkl_halt());
	return arg;
}

static void *call(void *arg)
{
	IS(lkl_sys_getpid(), 1);
	return arg;
}

static void *call_and_be_interrupted(void *arg)
{
	IS(lkl_sys_getpid(), 1);
	interrupt_end = true;
	return arg;
}

static void *look(void *arg)
{
	stack_t now;

	REQUIRE(!syscall(SYS_sigaltstack, NULL, &now));
	*(bool *)arg = !(now.ss_flags & SS_DISABLE);
	return NULL;
}

static void in_thread(void *(*fn)(void *), void *arg)
{
	pthread_t thread;

	REQUIRE(!pthread_create(&thread, NULL, fn, arg));
	pthread_join(thread, NULL);
}

/* @more threads have got a stack since, and all those have lost it. */
static void check_stacks(int set_before, int unset_before, int more)
{
	IS(atomic_load(&set) - set_before, more);
	IS(atomic_load(&unset) - unset_before, more);
}

int main(void)
{
	bool others = false;
	int i, before_set, before_unset;

#ifdef __SANITIZE_THREAD__
	skip("the sanitizer calls sigaltstack() before it is ready");
#endif
	in_thread(look, &others);
	if (others)
		skip("a sanitizer gives the threads stacks of its own");
	for (i = 0; i < 3; i++) {
		before_set = atomic_load(&set);
		before_unset = atomic_load(&unset);
		in_thread(start, NULL);
		/* That thread's; the kernel's own two have theirs until the halt. */
		IS(atomic_load(&unset) - before_unset, 1);
		in_thread(call, NULL);
		IS(atomic_load(&unset) - before_unset, 2);
		in_thread(halt, NULL);
		check_stacks(before_set, before_unset, 5);
	}

	signal(SIGUSR1, call_in_handler);
	in_thread(start, NULL);
	atomic_store(&ret_at_end, 0);
	in_thread(call_and_be_interrupted, NULL);
	IS(atomic_load(&ret_at_end), -LKL_EDEADLK);
	in_thread(halt, NULL);
	return check_exit();
}

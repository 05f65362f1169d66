// SPDX-License-Identifier: GPL-2.0-only
/*
 * no-thread.c - the host refuses lkl_start() a thread while another thread makes
 * calls: both get an error, and the next start works.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>

#include "boot.h"

#define PATIENCE	10.0	/* seconds */

static atomic_bool refuse, stop;
static atomic_long calls, last;

/* In place of the C library's. */
int pthread_create(pthread_t *thread, const pthread_attr_t *attr,
		   void *(*fn)(void *), void *arg)
{
	static int (*real)(pthread_t *, const pthread_attr_t *,
			   void *(*)(void *), void *);
	/* Enough for the other thread to make a call. */
	const struct timespec pause = { .tv_nsec = 200000000 };

	if (atomic_load(&refuse)) {
		nanosleep(&pause, NULL);
		return EAGAIN;
	}
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
	REQUIRE(real);
	return real(thread, attr, fn, arg);
}

static void *call(void *arg)
{
	const struct timespec pause = { .tv_nsec = 1000000 };

	while (!atomic_load(&stop)) {
		atomic_store(&last, lkl_sys_getpid());
		atomic_fetch_add(&calls, 1);
		nanosleep(&pause, NULL);
	}
	return arg;
}

/* The other thread has made more calls, with this result. */
static void check_calls(long result)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	long before = atomic_load(&calls);
	double start = now();

	while (atomic_load(&calls) < before + 3) {
		if (now() - start > PATIENCE) {
			check_fail(__FILE__, __LINE__,
				   "a call does not return");
			exit(check_exit());
		}
		nanosleep(&pause, NULL);
	}
	IS(atomic_load(&last), result);
}

int main(void)
{
	struct lkl_error err = { "" };
	pthread_t thread;
	int i;

	REQUIRE(!pthread_create(&thread, NULL, call, NULL));
	for (i = 0; i < 3; i++) {
		atomic_store(&refuse, true);
		IS(lkl_start(NULL, &err), -LKL_EAGAIN);
		CHECK_THAT(strstr(err.text, "cannot start a thread"), "%s",
			   err.text);
		check_calls(-LKL_ENXIO);
		IS(lkl_halt(), -LKL_ENXIO);
		atomic_store(&refuse, false);
		boot(0);
		check_calls(1);
		OK(lkl_halt());
		check_calls(-LKL_ENXIO);
	}
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	return check_exit();
}

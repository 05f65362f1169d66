// SPDX-License-Identifier: GPL-2.0-only
/*
 * calls-between-kernels.c - threads that call while the kernel ends and starts
 * again: each call has the result of a kernel, or fails with -ENXIO.
 *
 * A call that no kernel has seen must not look like a success.
 */
#include <pthread.h>

#include "boot.h"

#define THREADS	8
#define ROUNDS	60

static atomic_bool done;
static atomic_long results[3];	/* -EBADF, -ENXIO, any other */

static void *call(void *arg)
{
	(void)arg;
	while (!atomic_load(&done)) {
		long ret = lkl_sys_fsync(12345);
		int which = ret == -LKL_EBADF ? 0 : ret == -LKL_ENXIO ? 1 : 2;

		if (which == 2)
			CHECK_THAT(which != 2, "fsync() returned %ld", ret);
		atomic_fetch_add(&results[which], 1);
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	struct lkl_error err;
	int i;

	for (i = 0; i < THREADS; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, call, NULL));
	for (i = 0; i < ROUNDS; i++) {
		long before = atomic_load(&results[0]);

		MUST(lkl_start(NULL, &err));
		/* All threads are in calls of this kernel. */
		while (atomic_load(&results[0]) < before + 10 * THREADS)
			usleep(100);
		IS(lkl_halt(), 0);
	}
	atomic_store(&done, true);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	printf("# %ld calls of a kernel, %ld of none\n", results[0],
	       results[1]);
	CHECK(results[1] > 0);
	return check_exit();
}

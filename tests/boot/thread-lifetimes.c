// SPDX-License-Identifier: GPL-2.0-only
/*
 * thread-lifetimes.c - host threads come and go; each gets a kernel task of its
 * own, which ends with it.
 */
#include <pthread.h>

#include "boot.h"

#define THREADS	1000
#define AT_ONCE	50

static long tids[AT_ONCE];
static pthread_barrier_t barrier;

static void *call_once(void *arg)
{
	long *tid = arg;

	*tid = OK(lkl_sys_gettid());
	/* All of a batch are there at the same time, until they are counted. */
	pthread_barrier_wait(&barrier);
	IS(lkl_sys_gettid(), *tid);
	pthread_barrier_wait(&barrier);
	return NULL;
}

/* Ends without ever having called. */
static void *call_never(void *arg)
{
	return arg;
}

/* Those of process 1; the kernel has threads of its own besides. */
static int count_tasks(void)
{
	struct lkl_statx st = { 0 };

	OK(stat_file("/proc/1/task", &st));
	return (int)st.stx_nlink - 2;
}

/* Tasks end in their own time. */
static int wait_for_tasks(int limit)
{
	struct timespec nap = { .tv_nsec = 10000000 };
	double end = now() + 10;
	int tasks;

	while ((tasks = count_tasks()) > limit && now() < end)
		nanosleep(&nap, NULL);
	return tasks;
}

static void run_batch(void)
{
	pthread_t threads[AT_ONCE], silent;
	int i, j;

	pthread_barrier_init(&barrier, NULL, AT_ONCE + 1);
	for (i = 0; i < AT_ONCE; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, call_once,
					&tids[i]));
	REQUIRE(!pthread_create(&silent, NULL, call_never, NULL));
	pthread_barrier_wait(&barrier);
	i = count_tasks();
	CHECK_THAT(i >= AT_ONCE, "%d threads are %d tasks", AT_ONCE, i);
	pthread_barrier_wait(&barrier);
	for (i = 0; i < AT_ONCE; i++)
		for (j = 0; j < i; j++)
			CHECK_THAT(tids[i] != tids[j],
				   "two threads are task %ld", tids[i]);
	for (i = 0; i < AT_ONCE; i++)
		pthread_join(threads[i], NULL);
	pthread_join(silent, NULL);
	pthread_barrier_destroy(&barrier);
}

/* A thread uses a descriptor of a thread that has ended. */
static void *open_null(void *arg)
{
	int *fd = arg;

	*fd = (int)OK(open_file("/shared-file", LKL_O_RDWR | LKL_O_CREAT));
	IS(lkl_sys_write((unsigned int)*fd, "abc", 3), 3);
	return NULL;
}

int main(void)
{
	pthread_t thread;
	char buf[4];
	int before, after, i, fd = -1;

	boot(0);
	OK(make_dir("/proc"));
	OK(lkl_sys_mount("proc", "/proc", "proc", 0, NULL));
	before = count_tasks();
	for (i = 0; i < THREADS / AT_ONCE; i++)
		run_batch();
	after = wait_for_tasks(before);
	CHECK_THAT(after <= before, "%d tasks were there before, %d are now",
		   before, after);

	REQUIRE(!pthread_create(&thread, NULL, open_null, &fd));
	pthread_join(thread, NULL);
	IS(lkl_sys_pread64((unsigned int)fd, buf, sizeof(buf), 0), 3);
	OK(lkl_sys_close((unsigned int)fd));

	/* One that is there when the kernel goes. */
	pthread_barrier_init(&barrier, NULL, 2);
	REQUIRE(!pthread_create(&thread, NULL, call_once, &tids[0]));
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	pthread_join(thread, NULL);
	OK(lkl_halt());
	return check_exit();
}

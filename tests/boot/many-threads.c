// SPDX-License-Identifier: GPL-2.0-only
/*
 * many-threads.c - threads that call: more than an eighth of the memory has
 * room for; when there is no more room, a thread's first call is -ENOMEM, and
 * the data of the other threads are written all the same.
 */
#include <limits.h>
#include <pthread.h>

#include "boot.h"

#define MEMORY	(48 * MIB)
/* The kernel's own bound was 8 stacks of 32 KiB for each of them. */
#define AN_EIGHTH	(MEMORY / (8 * 32 * KIB))
#define MANY	4000

static pthread_t threads[MANY];
static long results[MANY];
static atomic_int called;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *call(void *arg)
{
	long *result = arg;

	*result = lkl_sys_gettid();
	atomic_fetch_add(&called, 1);
	/* Stays until all are to end. */
	pthread_mutex_lock(&lock);
	pthread_mutex_unlock(&lock);
	return NULL;
}

static void *call_again(void *arg)
{
	*(long *)arg = lkl_sys_gettid();
	return NULL;
}

static void wait_for_calls(int n)
{
	while (atomic_load(&called) < n)
		usleep(1000);
}

int main(void)
{
	struct mounted m;
	pthread_attr_t attr;
	pthread_t thread;
	char name[96];
	double end;
	long again;
	int n, i, good = 0;

	make_image("image", 256 * MIB, "mke2fs -q -t ext4 $IMAGE");
	boot(MEMORY);
	mount_image("image", "ext4", 0, NULL, &m);
	snprintf(name, sizeof(name), "%s/dirty", m.path);
	write_pattern(name, 4 * MIB, 1);

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, PTHREAD_STACK_MIN + 65536);
	pthread_mutex_lock(&lock);
	for (n = 0; n < MANY; n++) {
		if (pthread_create(&threads[n], &attr, call, &results[n]))
			skip("the host has room for %d threads only", n);
		wait_for_calls(n + 1);
		if (results[n] < 0)
			break;
		good++;
	}
	printf("# %d threads with a task, %ld in an eighth of the memory\n",
	       good, AN_EIGHTH);
	CHECK_THAT(good > AN_EIGHTH, "only %d threads", good);
	REQUIRE(n < MANY);
	IS(results[n], -LKL_ENOMEM);

	/* Those that are there, and their data, are none the worse for it. */
	snprintf(name, sizeof(name), "%s/more", m.path);
	write_pattern(name, 8 * MIB, 2);
	check_pattern(name, 8 * MIB, 2);
	OK(lkl_sys_sync());

	pthread_mutex_unlock(&lock);
	for (i = 0; i <= n; i++)
		pthread_join(threads[i], NULL);
	/* When they have ended there is room again. */
	for (end = now() + 10, again = -1; again < 0 && now() < end;) {
		REQUIRE(!pthread_create(&thread, NULL, call_again, &again));
		pthread_join(thread, NULL);
		usleep(10000);
	}
	OK(again);
	unmount(&m);
	OK(lkl_halt());
	check_image("image", "e2fsck -fn $IMAGE 2>&1");
	return check_exit();
}

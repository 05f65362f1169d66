// SPDX-License-Identifier: GPL-2.0-only
/*
 * hand-over.c - threads that wait for each other inside the kernel, and for the
 * host, all make progress.
 *
 * A wake-up that is lost stops a pair for ever; the limit for tests ends it.
 */
#include <pthread.h>

#include "boot.h"

#define PAIRS	4

static int trips;

struct pair {
	int there[2], back[2];
	pthread_t a, b;
};

static void pass(int fd)
{
	char c = 0;

	IS(lkl_sys_write((unsigned int)fd, &c, 1), 1);
}

static void take(int fd)
{
	char c;

	IS(lkl_sys_read((unsigned int)fd, &c, 1), 1);
}

static void *ask(void *arg)
{
	struct pair *pair = arg;
	int i;

	for (i = 0; i < trips; i++) {
		pass(pair->there[1]);
		take(pair->back[0]);
	}
	return NULL;
}

static void *answer(void *arg)
{
	struct lkl___kernel_timespec nap = { .tv_nsec = 100000 };
	struct pair *pair = arg;
	int i;

	for (i = 0; i < trips; i++) {
		take(pair->there[0]);
		if (i % 64 == 0)
			OK(lkl_sys_clock_nanosleep(LKL_CLOCK_MONOTONIC, 0,
						   &nap, NULL));
		pass(pair->back[1]);
	}
	return NULL;
}

static void hand_over(int pairs, int round_trips)
{
	struct pair all[PAIRS];
	int i;

	trips = round_trips;
	for (i = 0; i < pairs; i++) {
		MUST(lkl_sys_pipe2(all[i].there, 0));
		MUST(lkl_sys_pipe2(all[i].back, 0));
		REQUIRE(!pthread_create(&all[i].a, NULL, ask, &all[i]));
		REQUIRE(!pthread_create(&all[i].b, NULL, answer, &all[i]));
	}
	for (i = 0; i < pairs; i++) {
		pthread_join(all[i].a, NULL);
		pthread_join(all[i].b, NULL);
		OK(lkl_sys_close((unsigned int)all[i].there[0]));
		OK(lkl_sys_close((unsigned int)all[i].there[1]));
		OK(lkl_sys_close((unsigned int)all[i].back[0]));
		OK(lkl_sys_close((unsigned int)all[i].back[1]));
	}
}

int main(void)
{
	boot(0);
	hand_over(1, 100000);
	hand_over(PAIRS, 10000);
	OK(lkl_halt());
	return check_exit();
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * hand-over.c - two threads hand a token to each other, through pipes of the
 * library, through pipes of the host, or with futexes.
 *
 * Usage: hand-over library|pipes|futex ROUND-TRIPS
 *
 * A hand-over is half a round trip.
 */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"

static int there[2], back[2];
static atomic_uint turn;
static unsigned long trips;

static void *answer_inside(void *arg)
{
	char c;
	unsigned long i;

	for (i = 0; i < trips; i++)
		if (lkl_sys_read((unsigned int)there[0], &c, 1) != 1 ||
		    lkl_sys_write((unsigned int)back[1], &c, 1) != 1)
			exit(1);
	return arg;
}

static void trip_inside(void)
{
	char c = 0;

	if (lkl_sys_write((unsigned int)there[1], &c, 1) != 1 ||
	    lkl_sys_read((unsigned int)back[0], &c, 1) != 1)
		exit(1);
}

static void *answer_pipe(void *arg)
{
	char c;
	unsigned long i;

	for (i = 0; i < trips; i++)
		if (read(there[0], &c, 1) != 1 || write(back[1], &c, 1) != 1)
			exit(1);
	return arg;
}

static void trip_pipe(void)
{
	char c = 0;

	if (write(there[1], &c, 1) != 1 || read(back[0], &c, 1) != 1)
		exit(1);
}

static void futex_hand_over(unsigned int mine)
{
	while (atomic_load(&turn) != mine)
		syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, 1 - mine, NULL,
			NULL, 0);
	atomic_store(&turn, 1 - mine);
	syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void *answer_futex(void *arg)
{
	unsigned long i;

	for (i = 0; i < trips; i++)
		futex_hand_over(1);
	return arg;
}

static void trip_futex(void)
{
	futex_hand_over(0);
}

static const struct kind {
	const char *name;
	void *(*answer)(void *arg);
	void (*trip)(void);
} kinds[] = {
	{ "library", answer_inside, trip_inside },
	{ "pipes", answer_pipe, trip_pipe },
	{ "futex", answer_futex, trip_futex },
};

int main(int argc, char **argv)
{
	const struct kind *kind = NULL;
	pthread_t thread;
	unsigned long i;
	double start;

	if (argc != 3)
		return 2;
	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(argv[1], kinds[i].name))
			kind = &kinds[i];
	trips = strtoul(argv[2], NULL, 10);
	if (!kind || !trips)
		return 2;
	if (kind->answer == answer_inside) {
		start_kernel();
		if (lkl_sys_pipe2(there, 0) || lkl_sys_pipe2(back, 0))
			return 1;
	} else if (pipe(there) || pipe(back)) {
		return 1;
	}
	if (pthread_create(&thread, NULL, kind->answer, NULL))
		return 1;
	start = now();
	for (i = 0; i < trips; i++)
		kind->trip();
	print_ns(now() - start, 2 * trips);
	pthread_join(thread, NULL);
	return kind->answer == answer_inside && lkl_halt() < 0;
}

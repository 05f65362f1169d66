// SPDX-License-Identifier: GPL-2.0-only
/*
 * hand-over.c - a token that two threads hand to each other: through pipes of
 * the library, through pipes of the host, and with futexes.
 *
 * A hand-over is half a round trip.
 */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"

#define ROUNDS	5
#define TRIPS	50000

static int there[2], back[2];
static atomic_uint turn;

static void *answer_inside(void *arg)
{
	char c;
	int i;

	for (i = 0; i < TRIPS * ROUNDS; i++)
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
	int i;

	for (i = 0; i < TRIPS * ROUNDS; i++)
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
	int i;

	for (i = 0; i < TRIPS * ROUNDS; i++)
		futex_hand_over(1);
	return arg;
}

static void trip_futex(void)
{
	futex_hand_over(0);
}

static void measure(const char *what, void *(*answer)(void *),
		    void (*trip)(void))
{
	double times[ROUNDS], start;
	pthread_t thread;
	int i, j;

	if (pthread_create(&thread, NULL, answer, NULL))
		exit(1);
	for (i = 0; i < ROUNDS; i++) {
		start = now();
		for (j = 0; j < TRIPS; j++)
			trip();
		times[i] = (now() - start) / TRIPS / 2;
	}
	pthread_join(thread, NULL);
	printf("hand-over between threads, %-11s %8.0f ns\n", what,
	       median(times, ROUNDS) * 1e9);
	fflush(stdout);
}

int main(void)
{
	start_kernel();
	if (lkl_sys_pipe2(there, 0) || lkl_sys_pipe2(back, 0))
		return 1;
	measure("library", answer_inside, trip_inside);
	lkl_halt();
	if (pipe(there) || pipe(back))
		return 1;
	measure("host pipes", answer_pipe, trip_pipe);
	measure("futexes", answer_futex, trip_futex);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * wake-up.c - how long the host takes to wake a thread on a sleeping processor.
 *
 * Two threads, each bound to a processor, send each other a byte in turn.  While
 * one of them runs, the other sleeps.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "wake-up.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/monotonic.h"

#define ROUNDS		16
/* On a busy machine. */
#define LIMIT_NS	5000000

struct measurement {
	int cpu[2];
	int socket[2];		/* the first thread's and the second's */
	int64_t round[ROUNDS];	/* in ns: two wake-ups each */
	unsigned int n;		/* of them */
};

static bool bind_to(int cpu)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	return !sched_setaffinity(0, sizeof(one), &one);
}

static void *ask(void *arg)
{
	struct measurement *m = arg;
	int64_t began, start, now;
	char byte = 0;

	if (bind_to(m->cpu[0])) {
		began = now = monotonic_ns();
		while (m->n < ROUNDS && now - began < LIMIT_NS) {
			start = now;
			if (write(m->socket[0], &byte, 1) != 1 ||
			    read(m->socket[0], &byte, 1) != 1)
				break;
			now = monotonic_ns();
			m->round[m->n++] = now - start;
		}
	}
	shutdown(m->socket[0], SHUT_RDWR);
	return NULL;
}

static void *answer(void *arg)
{
	struct measurement *m = arg;
	char byte;

	if (bind_to(m->cpu[1]))
		while (read(m->socket[1], &byte, 1) == 1 &&
		       write(m->socket[1], &byte, 1) == 1)
			;
	shutdown(m->socket[1], SHUT_RDWR);
	return NULL;
}

static bool choose_processors(struct measurement *m, const cpu_set_t *cpus)
{
	int cpu, n = 0;

	for (cpu = 0; cpu < CPU_SETSIZE && n < 2; cpu++)
		if (CPU_ISSET(cpu, cpus))
			m->cpu[n++] = cpu;
	return n == 2;
}

static int compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int64_t wake_up_ns(const cpu_set_t *cpus)
{
	struct measurement m = { .n = 0 };
	pthread_t asking, answering;

	if (!choose_processors(&m, cpus) ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, m.socket) < 0)
		return 0;
	if (!pthread_create(&answering, NULL, answer, &m)) {
		if (!pthread_create(&asking, NULL, ask, &m))
			pthread_join(asking, NULL);
		else
			shutdown(m.socket[0], SHUT_RDWR);
		pthread_join(answering, NULL);
	}
	close(m.socket[0]);
	close(m.socket[1]);
	if (!m.n)
		return 0;
	qsort(m.round, m.n, sizeof(*m.round), compare);
	return m.round[m.n / 2] / 2;
}

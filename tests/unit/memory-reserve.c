// SPDX-License-Identifier: GPL-2.0-only
/*
 * memory-reserve.c - threads that fill the reserve of mappings at the same
 * time all find it whole: none reports a shortage of the host.
 */
#define _GNU_SOURCE 1

#include <pthread.h>
#include <stdatomic.h>

#include "host/memory.h"
#include "unit.h"

#define ROUNDS	4000
#define THREADS	12	/* more than processors: some are stopped at any place */

static pthread_barrier_t start, end;
static atomic_uint shortages;

static void *fill_and_look(void *arg)
{
	int i;

	for (i = 0; i < ROUNDS; i++) {
		pthread_barrier_wait(&start);
		if (memory_mappings_are_short())
			atomic_fetch_add(&shortages, 1);
		pthread_barrier_wait(&end);
	}
	return arg;
}

static void all_threads_find_it_whole(void)
{
	pthread_t threads[THREADS];
	unsigned int i;

	REQUIRE(!pthread_barrier_init(&start, NULL, THREADS + 1));
	REQUIRE(!pthread_barrier_init(&end, NULL, THREADS + 1));
	for (i = 0; i < THREADS; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, fill_and_look,
					NULL));
	for (i = 0; i < ROUNDS; i++) {
		/* It gives up the reserve. */
		memory_destroy();
		pthread_barrier_wait(&start);
		pthread_barrier_wait(&end);
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	memory_destroy();
	CHECK_EQ(atomic_load(&shortages), 0);
}

int main(void)
{
	RUN(all_threads_find_it_whole);
	return unit_exit();
}

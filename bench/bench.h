/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench.h - functions that the measuring programs share.
 *
 * Each measures one thing in one run and prints one number, the nanoseconds
 * of one operation: the runner repeats it, in turn with its peers.
 */
#ifndef TESTS_BENCH_H
#define TESTS_BENCH_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <lkl.h>

static inline double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static inline void print_ns(double seconds, unsigned long operations)
{
	printf("%.2f\n", seconds * 1e9 / (double)operations);
}

static inline void start_kernel(void)
{
	struct lkl_error err;

	if (lkl_start(NULL, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
}

#endif /* TESTS_BENCH_H */

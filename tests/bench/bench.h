/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench.h - what the programs that measure share: time, and medians.
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

static inline int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts @values. */
static inline double median(double *values, int n)
{
	qsort(values, (size_t)n, sizeof(*values), compare_doubles);
	return values[n / 2];
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

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clock.c - read the clocks of the host.
 */
#include <time.h>

#include "clock.h"

static unsigned long long read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

unsigned long long clock_monotonic(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

unsigned long long clock_realtime(void)
{
	return read_clock(CLOCK_REALTIME);
}

unsigned long long clock_realtime_coarse(void)
{
	return read_clock(CLOCK_REALTIME_COARSE);
}

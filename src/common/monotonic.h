/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * monotonic.h - the time of the host's clock that nobody sets; any thread.
 */
#ifndef TOOLS_MONOTONIC_H
#define TOOLS_MONOTONIC_H

#include <stdint.h>
#include <time.h>

static inline int64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static inline int64_t monotonic_ms(void)
{
	return monotonic_ns() / 1000000;
}

#endif /* TOOLS_MONOTONIC_H */

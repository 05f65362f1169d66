/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clock.h - the clocks of the host, in nanoseconds.
 */
#ifndef LKL_CLOCK_H
#define LKL_CLOCK_H

unsigned long long clock_monotonic(void);
unsigned long long clock_realtime(void);
/* At most one tick of the host behind clock_realtime(), and cheaper to read. */
unsigned long long clock_realtime_coarse(void);

#endif

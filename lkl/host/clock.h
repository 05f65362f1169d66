/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LKL_CLOCK_H
#define LKL_CLOCK_H

/* In nanoseconds; the coarse clock is a tick behind at most, and cheaper. */
unsigned long long clock_monotonic(void);
unsigned long long clock_realtime(void);
unsigned long long clock_realtime_coarse(void);

#endif

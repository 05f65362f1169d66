/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LKL_CLOCK_H
#define LKL_CLOCK_H

/* Nanoseconds; CLOCK_MONOTONIC and CLOCK_REALTIME. */
unsigned long long clock_monotonic(void);
unsigned long long clock_realtime(void);

#endif

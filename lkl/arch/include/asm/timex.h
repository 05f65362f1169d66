/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * timex.h - the cycle counter is the host's monotonic clock.
 */
#ifndef _ASM_LKL_TIMEX_H
#define _ASM_LKL_TIMEX_H

#include <asm/vcpu.h>

#define CLOCK_TICK_RATE 1000000000

typedef unsigned long long cycles_t;

/* Nanoseconds of the host's monotonic clock. */
static inline cycles_t get_cycles(void)
{
	return lkl_ops->clock_monotonic();
}
#define get_cycles get_cycles

#endif

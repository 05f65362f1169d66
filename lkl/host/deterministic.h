/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * deterministic.h - the deterministic mode: virtual time and seeded random
 * numbers in place of the host's.
 *
 * Time advances with the work of the kernel: a call takes a fixed time, and so
 * does each look at the clock.  While a call waits and nothing is runnable,
 * time jumps to the next timer; vcpu.c does that.  The thread that drives
 * changes the time.
 */
#ifndef LKL_DETERMINISTIC_H
#define LKL_DETERMINISTIC_H

#include <stdbool.h>

#include "arch/include/asm/host_ops.h"
#include "lkl.h"

/*
 * deterministic_start - prepare the mode for a kernel that is about to start
 * @options: of lkl_start()
 *
 * Turns the mode off if @options do not ask for it.  -EINVAL if what they say
 * about the mode is out of range.
 */
int deterministic_start(const struct lkl_options *options,
			struct lkl_error *err);

bool deterministic_is_on(void);

/* deterministic_replace_ops - put the mode's clocks and random numbers in. */
void deterministic_replace_ops(struct lkl_host_ops *ops);

/* deterministic_time - the virtual CLOCK_MONOTONIC, in nanoseconds. */
unsigned long long deterministic_time(void);

/* deterministic_begin_call - let the time of one call pass. */
void deterministic_begin_call(void);

/* deterministic_advance - jump to @time, unless it is over. */
void deterministic_advance(unsigned long long time);

#endif

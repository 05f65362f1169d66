/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wake-up.h - how long the host takes to wake a thread on a sleeping processor.
 *
 * Some microseconds on a machine whose idle processors doze; tens of them on a
 * virtual machine that gives an idle processor back to the hypervisor.
 */
#ifndef LKLFUSE_WAKE_UP_H
#define LKLFUSE_WAKE_UP_H

#include <sched.h>
#include <stdint.h>

/*
 * wake_up_ns - measure it, on the first two processors of @cpus
 *
 * The median of some wake-ups, in ns; 0 if there is one processor only, or if
 * threads cannot be started there.  It takes a millisecond, or at most 5 and one
 * wake-up.  Any thread may call it.
 */
int64_t wake_up_ns(const cpu_set_t *cpus);

#endif /* LKLFUSE_WAKE_UP_H */

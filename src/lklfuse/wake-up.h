/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wake-up.h - how long the host takes to wake a thread.
 *
 * Some microseconds if its processor dozes; tens of them on a virtual machine that
 * gives a sleeping processor back to the hypervisor.
 */
#ifndef LKLFUSE_WAKE_UP_H
#define LKLFUSE_WAKE_UP_H

#include <stdint.h>

/*
 * wake_up_ns - measure it with a second thread, on the processors of the caller
 *
 * The lower quartile of some wake-ups in ns, as other programs only make them later.
 * 0 if it is not known: the host was too busy, or a thread could not be started.
 * It takes about a millisecond, and some more on a busy host.  Any thread may call it.
 */
int64_t wake_up_ns(void);

#endif /* LKLFUSE_WAKE_UP_H */

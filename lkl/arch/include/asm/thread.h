/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * thread.h - the tasks that host threads call through: see kernel/thread.c.
 */
#ifndef _ASM_LKL_THREAD_H
#define _ASM_LKL_THREAD_H

#include <linux/types.h>
#include <asm/host_ops.h>

/* Leave to the driving host thread; returns when the vCPU is driven again. */
void lkl_leave(enum lkl_leave reason);

/* Leave for good. */
void __noreturn lkl_leave_dead(void);

/* Handle LKL_IRQ_CALL: hand posted calls to their tasks. */
void lkl_take_calls(void);

/* What process 1 does instead of user mode: make tasks for host threads. */
void __noreturn lkl_serve_threads(void);

/* Run call @nr; -ENOSYS for those that need a user process. */
long lkl_do_call(long nr, const long *args);

/*
 * Before a call, if it is the first one since a tick or since the kernel was
 * idle: follow the host's wall clock if it jumped (time.c).
 */
extern bool lkl_wall_clock_unchecked;
void lkl_check_wall_clock(void);

/* The calls of kernel/disk.c. */
long lkl_disk_add(unsigned long index);
long lkl_disk_remove(unsigned long index);
long lkl_disk_dev(unsigned long index, unsigned long partition);

/* Set by kernel/init.c: tells the host that the kernel is up. */
extern struct lkl_thread *lkl_boot_thread;

#endif

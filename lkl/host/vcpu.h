/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vcpu.h - who drives the virtual CPU, and how the others wait.
 */
#ifndef LKL_VCPU_H
#define LKL_VCPU_H

#include <stdatomic.h>
#include <stdint.h>

#include "arch/include/asm/host_ops.h"
#include "job.h"

/*
 * A host thread that makes calls.  These structures are recycled but never
 * freed: another thread may wake one that it looked up a moment ago.
 */
struct host_thread {
	struct lkl_thread k;		/* what the kernel sees, first */
	atomic_uint asleep;		/* futex: 1 while waking it is needed */
	unsigned int waits;		/* 1 while it is in vcpu_wait() */
	unsigned int idle_waits;	/* see lkl_waits() */
	struct host_thread *all_next;	/* thread.c */
	struct host_thread *free_next;	/* thread.c */
};

/* vcpu_start - make the vCPU usable and start its own thread; 0 or -errno. */
int vcpu_start(void);

/* vcpu_boot - drive until @t, the boot thread, is not busy any more. */
long vcpu_boot(struct host_thread *t);

/* vcpu_stop - end the vCPU's thread once the kernel is dead. */
void vcpu_stop(void);

/*
 * vcpu_call - make the call that is set up in @t and busy
 *
 * Returns the call's result, or why the kernel is dead.
 */
long vcpu_call(struct host_thread *t);

/* vcpu_post - hand @t to the kernel without waiting for what it does. */
void vcpu_post(struct host_thread *t);

/* Why the kernel does not take calls, or 0. */
int vcpu_dead(void);

/* vcpu_raise - raise an interrupt; any thread, any time. */
void vcpu_raise(unsigned int irq);

/*
 * vcpu_offer - offer @job, for which the kernel has to wait, to its driver
 *
 * Called by the thread that drives.  If that one finds nothing else to do
 * and its call is the only one there is, it performs the job instead of
 * sleeping until others have: neither has to be woken.  Otherwise the job is
 * passed on when the vCPU is left.  There is one at a time: false, and the one
 * before is passed on.
 */
bool vcpu_offer(struct host_job *job);

/* vcpu_recall - pass on what was offered; by the thread that drives. */
void vcpu_recall(void);

/* The operations of struct lkl_host_ops. */
void vcpu_set_timer(unsigned long long deadline);
void vcpu_wake(struct lkl_thread *thread);
void vcpu_panic(const char *message);

/* Counters for benchmarks and tests: how often each thing happened. */
struct vcpu_stats {
	unsigned long entries;		/* the vCPU was entered */
	unsigned long direct;		/* ... straight into the caller's task */
	unsigned long idles;		/* it was left idle */
	unsigned long sleeps;		/* a thread slept */
	unsigned long wakes;		/* a thread was woken from that */
	unsigned long jobs;		/* or performed a job instead */
};
extern struct vcpu_stats vcpu_stats;

#endif

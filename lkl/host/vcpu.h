/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vcpu.h - which thread drives a virtual CPU, and how the others wait.
 *
 * There is one vCPU now.  Only vcpu_choose() knows that: every other function
 * is told which vCPU it works on, or takes the one that its thread drives.
 */
#ifndef LKL_VCPU_H
#define LKL_VCPU_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "arch/include/asm/host_ops.h"
#include "job.h"

/* A virtual CPU; vcpu.c defines it. */
struct vcpu;

/*
 * A host thread that makes calls.  These structures are recycled but never
 * freed: another thread may wake one that it looked up a moment ago.
 */
struct host_thread {
	struct lkl_thread k;		/* what the kernel sees, first */
	struct vcpu *vcpu;		/* runs its calls */
	unsigned int epoch;		/* of the kernel that @k is about */
	atomic_uint asleep;		/* futex: 1 while waking it is needed */
	unsigned int waits;		/* 1 while it is in vcpu_wait() */
	unsigned int idle_waits;	/* see lkl_waits() */
	atomic_int tid;			/* of the host */
	struct host_thread *all_next;	/* thread.c */
	struct host_thread *free_next;	/* thread.c */
};

/* vcpu_choose - the vCPU for a thread or a device that is new. */
struct vcpu *vcpu_choose(void);

/* vcpu_driven - the vCPU that the calling thread drives, NULL: none. */
struct vcpu *vcpu_driven(void);

/* vcpu_shared - the part of @vcpu that the kernel sees, too. */
struct lkl_vcpu *vcpu_shared(struct vcpu *vcpu);

/*
 * vcpu_start - make @vcpu usable, and start its own thread
 * @shared: from lkl_kernel_prepare()
 * @virtual_time: its time is that of deterministic.h
 *
 * Returns 0 or -errno.  The caller owns @vcpu then.
 */
int vcpu_start(struct vcpu *vcpu, struct lkl_vcpu *shared, bool virtual_time);

/*
 * vcpu_boot - drive the vCPU that vcpu_start() has started for @t
 *
 * Until @t, the thread that boots, is not busy.  Returns 0, or why the kernel
 * is dead.
 */
long vcpu_boot(struct host_thread *t);

/*
 * vcpu_stop - end the thread of @vcpu, and wait until no other thread is in it
 *
 * The kernel is dead.
 */
void vcpu_stop(struct vcpu *vcpu);

/*
 * vcpu_call - make the call that is set up in @t and busy
 *
 * Returns the call's result, or why the kernel is dead.
 */
long vcpu_call(struct host_thread *t);

/* vcpu_end_task - end @t's task, if there is one (else false); does not wait. */
bool vcpu_end_task(struct host_thread *t);

/* Why the kernel does not take calls, or 0. */
int vcpu_dead(void);

/*
 * vcpu_progress - how much @vcpu has done, and whether it is to do more
 * @ret_busy: an enum lkl_busy, but for LKL_BUSY_DISK
 *
 * Any thread.  Returns a number that grows with each call, and with each time
 * that a disk completes requests.
 */
unsigned long vcpu_progress(struct vcpu *vcpu, int *ret_busy);

/*
 * vcpu_driver_tid - the thread that drives @vcpu, 0: none
 *
 * Any thread; by the time that it gets the answer, another may drive.
 */
int vcpu_driver_tid(struct vcpu *vcpu);

/* vcpu_raise - raise an interrupt; any thread, any time. */
void vcpu_raise(struct vcpu *vcpu, unsigned int irq);

/*
 * vcpu_offer - offer @job, for which the kernel has to wait, to its driver
 *
 * The calling thread drives.  If its call is the only one and the kernel has
 * nothing else to do, the thread performs the job instead of sleeping: nobody
 * has to be woken.  Otherwise the job is passed on when the thread leaves the
 * vCPU, or when the kernel's timer has fired.  A vCPU holds one job: if there is
 * one, that one is passed on and this one refused (false).
 */
bool vcpu_offer(struct host_job *job);

/* vcpu_recall - pass on the offered job; the calling thread drives. */
void vcpu_recall(void);

/* vcpu_time_passed - virtual time has advanced; the calling thread drives. */
void vcpu_time_passed(void);

/* Operations of struct lkl_host_ops.  The calling thread drives. */
void vcpu_set_timer(unsigned long long deadline);
void vcpu_wake(struct lkl_thread *thread);
void vcpu_panic(const char *message);

#endif

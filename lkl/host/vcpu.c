/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vcpu.c - host threads take turns to drive a virtual CPU.
 *
 * At most one host thread owns a vCPU at a time and drives it.  Ownership is
 * one atomic word; no thread blocks to get it.  A thread that makes a call
 * either gets the vCPU and enters it, or sleeps until its call is complete or
 * until it is its turn to drive.
 *
 * A thread that leaves the vCPU may leave work behind: a pending interrupt, a
 * runnable task.  Then it kicks one other thread, which drives on.  That is
 * the last thread that went to sleep in a call, or else one of the vCPU's own
 * threads, the spare driver.  The other one, the ticker, keeps the kernel's timer
 * and never drives: a task may run until the timer's interrupt makes it yield.
 * A thread that raises an
 * interrupt while the vCPU is free kicks in the same way.  Both sides first
 * publish (the ownership word, the interrupt bit) and then read what the other
 * published.  The accesses are sequentially consistent, so one side sees both.
 *
 * No kick is needed while a thread is awake in vcpu_wait().  That thread
 * drives, or looks for work once more before it sleeps; when it leaves, it
 * kicks if work is left.  Threads never spin: another thread does what they
 * wait for, and it runs sooner if they let the processor go.
 *
 * A device offers a request that it cannot complete at once as a job.  If the
 * driving thread's call is the only one, that thread performs the job where it
 * would sleep otherwise.  The vCPU is free meanwhile.  If the timer fires before
 * that, the job is passed on: another task may be waiting for it in a loop, as
 * shrink_dcache_parent() does.
 *
 * In deterministic mode the thread that makes a call drives until nothing is
 * runnable, even if its own call is complete before that.  So no work is left,
 * and the ticker has nothing to do.  The driver also makes time pass: while its
 * call waits for a timer, it fires that timer.  Requests of disks are complete
 * before the kernel idles.
 *
 * The kernel may die and start again while other threads are about to make
 * calls.  A thread that waits for a call, or does not own the vCPU, counts as
 * a waiter, and vcpu_stop() returns when there is none.  So a waiter that once
 * saw a living kernel deals with that one until it leaves.  The epoch is that
 * of the kernel: a thread whose epoch is older has no task yet.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "blk/lock.h"
#include "clock.h"
#include "deterministic.h"
#include "fault.h"
#include "log.h"
#include "memory.h"
#include "process.h"
#include "thread.h"
#include "vcpu.h"

enum owner { FREE, OWNED, DEAD };

#define NEVER	(~0ull)

/* How often each thing happened; read with a debugger. */
struct vcpu_stats {
	unsigned long entries;		/* the vCPU was entered */
	atomic_ulong direct;		/* ... straight into the caller's task */
	unsigned long idles;		/* it was left idle */
	/* By any thread, not by the owner alone: */
	atomic_ulong sleeps;		/* a thread slept */
	atomic_ulong wakes;		/* a thread was woken from that */
	atomic_ulong jobs;		/* or performed a job instead */
	atomic_ulong posted;		/* other calls: at the start or the end */
	atomic_ulong disks;		/* interrupts of disks */
};

struct vcpu {
	struct lkl_vcpu *shared;	/* in the kernel object */
	atomic_int owner;		/* enum owner */
	unsigned int epoch;		/* written while there are no waiters */
	bool virtual_time;		/* likewise */
	atomic_bool work;		/* left with runnable tasks */
	struct host_job *offered;	/* the owner's */
	atomic_uint waiters;		/* threads that vcpu_stop() waits for */
	atomic_uint watchers;		/* threads in vcpu_wait(), awake */
	_Atomic(struct host_thread *) sleeper;	/* whom to kick */
	/* The kernel's timer. */
	atomic_ullong deadline;		/* when it fires */
	atomic_ullong ticker_until;	/* when the ticker wakes by itself */
	struct host_thread ticker, spare;
	pthread_t ticker_thread, spare_thread;
	struct vcpu_stats stats;
};

static struct vcpu boot_vcpu = { .owner = DEAD, .deadline = NEVER };

/* Of the kernel, not of one vCPU. */
static atomic_int dead = -ENXIO;	/* 0, or the errno of all calls */
static atomic_bool panicked;

/* Set while the thread runs kernel code. */
static __thread struct vcpu *driven
	__attribute__((tls_model("initial-exec")));

struct vcpu *vcpu_choose(void)
{
	return &boot_vcpu;
}

struct vcpu *vcpu_driven(void)
{
	return driven;
}

struct lkl_vcpu *vcpu_shared(struct vcpu *vcpu)
{
	return vcpu->shared;
}

/* By the owner. */
static void count_own(atomic_ulong *counter)
{
	atomic_store_explicit(counter,
			      atomic_load_explicit(counter,
						   memory_order_relaxed) + 1,
			      memory_order_relaxed);
}

static void count(atomic_ulong *counter)
{
	atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static void vcpu_wake_thread(struct host_thread *t)
{
	/* The caller has published the reason to wake it; see vcpu_wait(). */
	atomic_thread_fence(memory_order_seq_cst);
	/* One of several wakers makes the system call. */
	if (!atomic_load_explicit(&t->asleep, memory_order_relaxed) ||
	    !atomic_exchange(&t->asleep, 0))
		return;
	count(&t->vcpu->stats.wakes);
	syscall(SYS_futex, &t->asleep, FUTEX_WAKE | FUTEX_PRIVATE_FLAG,
		INT_MAX, NULL, NULL, 0);
}

/*
 * Sleep until woken, at the latest @until, absolute.  The caller has set
 * t->asleep before it last looked for a reason not to.
 */
static void sleep_until(struct host_thread *t, unsigned long long until)
{
	struct timespec ts = {
		.tv_sec = until / 1000000000,
		.tv_nsec = until % 1000000000,
	};

	count(&t->vcpu->stats.sleeps);
	syscall(SYS_futex, &t->asleep,
		FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, 1,
		until == NEVER ? NULL : &ts, NULL, FUTEX_BITSET_MATCH_ANY);
}

static bool try_own(struct vcpu *vcpu)
{
	int free = FREE;

	return atomic_load_explicit(&vcpu->owner, memory_order_relaxed) == FREE &&
	       atomic_compare_exchange_strong(&vcpu->owner, &free, OWNED);
}

/* Is there work, and no thread that drives? */
static bool vcpu_is_neglected(struct vcpu *vcpu)
{
	return atomic_load(&vcpu->owner) == FREE &&
	       (__atomic_load_n(&vcpu->shared->irq_pending, __ATOMIC_SEQ_CST) ||
		atomic_load(&vcpu->work));
}

static void vcpu_kick(struct vcpu *vcpu)
{
	struct host_thread *t;

	if (atomic_load(&vcpu->watchers))
		return;
	t = atomic_load(&vcpu->sleeper);
	vcpu_wake_thread(t ? t : &vcpu->spare);
}

static void raise_irq(struct vcpu *vcpu, unsigned int irq)
{
	__atomic_fetch_or(&vcpu->shared->irq_pending, 1ul << irq,
			  __ATOMIC_SEQ_CST);
}

static bool is_busy(struct host_thread *t)
{
	return __atomic_load_n(&t->k.busy, __ATOMIC_ACQUIRE);
}

/* Whether the calls of other threads than @t wait for virtual time. */
static bool others_need_time(struct vcpu *vcpu, struct host_thread *t)
{
	return vcpu->virtual_time && atomic_load(&vcpu->deadline) != NEVER &&
	       vcpu->shared->calls > (t && is_busy(t) ? 1 : 0);
}

static void vcpu_release(struct vcpu *vcpu, struct host_thread *t)
{
	if (vcpu->shared->work_left || others_need_time(vcpu, t))
		atomic_store(&vcpu->work, true);
	atomic_store(&vcpu->owner, FREE);
	if (__builtin_expect(vcpu_is_neglected(vcpu), 0))
		vcpu_kick(vcpu);
}

static void pass_on_offered(struct vcpu *vcpu)
{
	struct host_job *job = vcpu->offered;

	vcpu->offered = NULL;
	if (job)
		job->pass_on(job);
}

static void vcpu_die(struct vcpu *vcpu)
{
	fault_report();
	/* Its end is awaited, unless its locks may be held for ever. */
	if (!process_is_broken())
		pass_on_offered(vcpu);
	atomic_fetch_add(&vcpu->waiters, 1);
	atomic_store(&dead, panicked ? -ENOTRECOVERABLE : -ENXIO);
	atomic_store(&vcpu->owner, DEAD);
	thread_for_each(vcpu_wake_thread);
	vcpu_wake_thread(&vcpu->ticker);
	vcpu_wake_thread(&vcpu->spare);
	atomic_fetch_sub(&vcpu->waiters, 1);
}

static void begin_wait(struct host_thread *t)
{
	t->waits = 1;
	atomic_fetch_add(&t->vcpu->waiters, 1);
}

static void end_wait(struct host_thread *t)
{
	t->waits = 0;
	atomic_fetch_sub(&t->vcpu->waiters, 1);
}

/* The caller owns the vCPU, or is a waiter. */
static bool has_task(const struct host_thread *t)
{
	return t->epoch == t->vcpu->epoch && t->k.task;
}

/*
 * Forget the task that the calling thread, @t, had in a kernel that is gone.  The
 * new one may handle more signals.
 */
static void vcpu_forget_old_task(struct host_thread *t)
{
	if (t->epoch == t->vcpu->epoch)
		return;
	fault_thread_init();
	t->epoch = t->vcpu->epoch;
	t->k.task = NULL;
	t->k.ready = 0;
}

bool vcpu_offer(struct host_job *job)
{
	struct vcpu *vcpu = driven;

	if (vcpu->offered) {
		pass_on_offered(vcpu);
		return false;
	}
	vcpu->offered = job;
	return true;
}

void vcpu_recall(void)
{
	pass_on_offered(driven);
}

/* The job for @t, which has just driven and still owns @vcpu. */
static struct host_job *take_job(struct vcpu *vcpu, struct host_thread *t)
{
	struct host_job *job = vcpu->offered;

	if (!job)
		return NULL;
	if (t && vcpu->shared->reason == LKL_LEAVE_IDLE && is_busy(t) &&
	    atomic_load(&vcpu->waiters) == t->waits) {
		vcpu->offered = NULL;
		return job;
	}
	pass_on_offered(vcpu);
	return NULL;
}

void vcpu_time_passed(void)
{
	struct vcpu *vcpu = driven;

	if (deterministic_time() < atomic_load(&vcpu->deadline))
		return;
	atomic_store(&vcpu->deadline, NEVER);
	raise_irq(vcpu, LKL_IRQ_TIMER);
}

/* Fire the next timer if a call of @t, or of any thread if NULL, waits. */
static bool vcpu_skip_time(struct vcpu *vcpu, struct host_thread *t)
{
	unsigned long long deadline = atomic_load(&vcpu->deadline);

	if (deadline == NEVER || !(t ? is_busy(t) : vcpu->shared->calls))
		return false;
	deterministic_advance(deadline);
	vcpu_time_passed();
	return true;
}

/* Let the kernel run in virtual time until nothing is runnable. */
static void vcpu_run_virtual(struct vcpu *vcpu, struct host_thread *t)
{
	struct lkl_vcpu *shared = vcpu->shared;

	if (t && !t->waits) {
		deterministic_begin_call();
		vcpu_time_passed();
	}
	for (;;) {
		lkl_fiber_switch(&shared->host_sp, shared->task_sp);
		switch (shared->reason) {
		case LKL_LEAVE_DONE:
			if (!shared->work_left &&
			    !__atomic_load_n(&shared->irq_pending,
					     __ATOMIC_SEQ_CST))
				return;
			/* Other tasks go on, without the one of this thread. */
			shared->driver = NULL;
			break;
		case LKL_LEAVE_IDLE:
			if (!vcpu_skip_time(vcpu, t))
				return;
			break;
		case LKL_LEAVE_DEAD:
			return;
		}
	}
}

/*
 * Drive @vcpu until the call of @t (NULL: none) is complete or nothing is
 * runnable, then give it up.  Returns a job for @t, or NULL.  If the call is
 * not complete, @t is a waiter then.
 */
static struct host_job *vcpu_drive(struct vcpu *vcpu, struct host_thread *t)
{
	struct lkl_vcpu *shared = vcpu->shared;
	struct host_job *job;

	driven = vcpu;
	fault_enter();
	if (atomic_load_explicit(&vcpu->work, memory_order_relaxed))
		atomic_store(&vcpu->work, false);
	__atomic_store_n(&shared->driver, t ? &t->k : NULL, __ATOMIC_RELAXED);
	vcpu->stats.entries++;
	if (__builtin_expect(vcpu->virtual_time, 0))
		vcpu_run_virtual(vcpu, t);
	else
		lkl_fiber_switch(&shared->host_sp, shared->task_sp);
	fault_leave();
	driven = NULL;
	if (t && is_busy(t) && !t->waits)
		begin_wait(t);
	if (shared->reason != LKL_LEAVE_DONE) {
		if (shared->reason == LKL_LEAVE_DEAD) {
			vcpu_die(vcpu);
			return NULL;
		}
		vcpu->stats.idles++;
	}
	job = take_job(vcpu, t);
	vcpu_release(vcpu, t);
	return job;
}

int vcpu_dead(void)
{
	return atomic_load_explicit(&dead, memory_order_relaxed);
}

unsigned long vcpu_progress(struct vcpu *vcpu, int *ret_busy)
{
	const struct vcpu_stats *stats = &vcpu->stats;

	*ret_busy = atomic_load(&vcpu->owner) == OWNED ? LKL_BUSY_RUNNING :
		    atomic_load(&vcpu->waiters) ? LKL_BUSY_WAITING :
						  LKL_BUSY_NOT;
	return atomic_load(&stats->direct) + atomic_load(&stats->posted) +
	       atomic_load(&stats->disks);
}

int vcpu_driver_tid(struct vcpu *vcpu)
{
	struct lkl_thread *driver;

	if (atomic_load(&vcpu->owner) != OWNED)
		return 0;
	driver = __atomic_load_n(&vcpu->shared->driver, __ATOMIC_RELAXED);
	return atomic_load(driver ? &((struct host_thread *)driver)->tid :
				    &vcpu->spare.tid);
}

void vcpu_raise(struct vcpu *vcpu, unsigned int irq)
{
	if (irq >= LKL_IRQ_DISK0)
		count(&vcpu->stats.disks);
	raise_irq(vcpu, irq);
	if (atomic_load(&vcpu->owner) == FREE)
		vcpu_kick(vcpu);
}

/* Hand @t's call to the kernel.  The caller sees to it that a thread drives. */
static void vcpu_post_call(struct host_thread *t)
{
	struct vcpu *vcpu = t->vcpu;
	struct lkl_thread **posted = &vcpu->shared->posted;
	struct lkl_thread *old = __atomic_load_n(posted, __ATOMIC_RELAXED);

	do
		t->k.next = old;
	while (!__atomic_compare_exchange_n(posted, &old, &t->k, 1,
					    __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED));
	raise_irq(vcpu, LKL_IRQ_CALL);
}

bool vcpu_end_task(struct host_thread *t)
{
	struct vcpu *vcpu = t->vcpu;
	bool posted = false;

	atomic_fetch_add(&vcpu->waiters, 1);
	if (!atomic_load(&dead) && has_task(t)) {
		__atomic_store_n(&t->k.exiting, 1, __ATOMIC_RELEASE);
		/* Another thread may get @t as soon as it is posted. */
		vcpu_post_call(t);
		/* In virtual time it ends with the next call. */
		if (!vcpu->virtual_time && atomic_load(&vcpu->owner) == FREE)
			vcpu_kick(vcpu);
		posted = true;
	}
	atomic_fetch_sub(&vcpu->waiters, 1);
	return posted;
}

static int perform_job(void *arg)
{
	struct host_job *job = arg;

	job->perform(job);
	return 0;
}

static int finish_job(void *arg)
{
	struct host_job *job = arg;

	job->finish(job);
	return 0;
}

/* The calling thread is a watcher, but does not count as one meanwhile. */
static void vcpu_perform_job(struct host_thread *t, struct host_job *job)
{
	struct vcpu *vcpu = t->vcpu;
	struct host_thread *me = t;
	int ret, state;

	count(&vcpu->stats.jobs);
	t->idle_waits++;
	/* A thread that performs a job does not react to a kick. */
	atomic_compare_exchange_strong(&vcpu->sleeper, &me, NULL);
	atomic_fetch_sub(&vcpu->watchers, 1);
	if (vcpu_is_neglected(vcpu))
		vcpu_kick(vcpu);
	/* The kernel waits for the job, whatever becomes of this thread. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	ret = lock_bounded_call(perform_job, job);
	atomic_fetch_add(&vcpu->watchers, 1);
	/* If the library is broken, the kernel is about to be dead. */
	if (!ret)
		lock_bounded_call(finish_job, job);
	pthread_setcancelstate(state, NULL);
}

/*
 * Drive or sleep until @t, a waiter, is not busy.  Begin with @job if not NULL.
 */
static long vcpu_wait(struct host_thread *t, struct host_job *job)
{
	struct vcpu *vcpu = t->vcpu;
	struct host_thread *me = t;
	long ret;

	atomic_fetch_add(&vcpu->watchers, 1);
	if (job)
		vcpu_perform_job(t, job);
	while (is_busy(t) && !vcpu_dead()) {
		if (vcpu_is_neglected(vcpu) && try_own(vcpu)) {
			job = vcpu_drive(vcpu, t);
			if (job)
				vcpu_perform_job(t, job);
			continue;
		}
		atomic_store(&vcpu->sleeper, t);
		atomic_store(&t->asleep, 1);
		atomic_fetch_sub(&vcpu->watchers, 1);
		/* Look once more for all reasons not to sleep. */
		atomic_thread_fence(memory_order_seq_cst);
		if (is_busy(t) && !vcpu_is_neglected(vcpu) && !vcpu_dead()) {
			t->idle_waits += atomic_load(&vcpu->owner) == FREE;
			sleep_until(t, NEVER);
		}
		atomic_fetch_add(&vcpu->watchers, 1);
		atomic_store(&t->asleep, 0);
	}
	atomic_compare_exchange_strong(&vcpu->sleeper, &me, NULL);
	atomic_fetch_sub(&vcpu->watchers, 1);
	/* Others may have left work to us while we watched. */
	if (vcpu_is_neglected(vcpu))
		vcpu_kick(vcpu);
	if (is_busy(t)) {
		ret = vcpu_dead();
	} else {
		ret = t->k.ret;
		count(&vcpu->stats.posted);
	}
	end_wait(t);
	return ret;
}

long vcpu_call(struct host_thread *t)
{
	struct vcpu *vcpu = t->vcpu;
	struct host_job *job;
	long ret;

	if (!try_own(vcpu)) {
		begin_wait(t);
		/*
		 * After begin_wait() has become visible: see vcpu_stop().  Who
		 * comes too late for a kernel must not wait for the next one.
		 */
		ret = vcpu_dead();
		if (ret) {
			end_wait(t);
			return ret;
		}
		vcpu_forget_old_task(t);
		vcpu_post_call(t);
		return vcpu_wait(t, NULL);
	}
	vcpu_forget_old_task(t);
	if (vcpu->shared->user == &t->k) {
		count_own(&vcpu->stats.direct);
		vcpu->shared->calls++;
		t->k.ready = 1;
	} else {
		vcpu_post_call(t);
		count(&vcpu->stats.posted);
	}
	job = vcpu_drive(vcpu, t);
	/* Even if another thread has completed the call since vcpu_drive(). */
	if (__builtin_expect(t->waits, 0))
		return vcpu_wait(t, job);
	return t->k.ret;
}

long vcpu_boot(struct host_thread *t)
{
	struct host_job *job;

	t->epoch = t->vcpu->epoch;
	t->vcpu->shared->calls = 1;
	job = vcpu_drive(t->vcpu, t);
	return t->waits ? vcpu_wait(t, job) : t->k.ret;
}

/* When the ticker has to fire the timer. */
static unsigned long long ticker_deadline(struct vcpu *vcpu)
{
	return vcpu->virtual_time ? NEVER : atomic_load(&vcpu->deadline);
}

static void own_thread_begin(struct host_thread *t)
{
	thread_set_tid(t);
	fault_thread_init();
	memory_reserve();
	/* Callbacks, which this thread runs, may not make calls. */
	thread_enter();
}

/* Runs the timer. */
static void *run_ticker(void *arg)
{
	struct vcpu *vcpu = arg;
	struct host_thread *t = &vcpu->ticker;

	own_thread_begin(t);
	while (!vcpu_dead()) {
		unsigned long long deadline = ticker_deadline(vcpu);

		if (deadline != NEVER && clock_monotonic() >= deadline) {
			/* Unless it was set anew just now. */
			if (atomic_compare_exchange_strong(&vcpu->deadline,
							   &deadline, NEVER))
				vcpu_raise(vcpu, LKL_IRQ_TIMER);
			continue;
		}
		atomic_store(&vcpu->ticker_until, deadline);
		atomic_store(&t->asleep, 1);
		if (ticker_deadline(vcpu) >= deadline && !vcpu_dead())
			sleep_until(t, deadline);
		atomic_store(&t->asleep, 0);
		atomic_store(&vcpu->ticker_until, 0);
	}
	fault_thread_exit();
	return NULL;
}

/* Does the work that no thread waits for, or that nobody was kicked for. */
static void *run_spare_driver(void *arg)
{
	struct vcpu *vcpu = arg;
	struct host_thread *t = &vcpu->spare;

	own_thread_begin(t);
	while (!vcpu_dead()) {
		if (vcpu_is_neglected(vcpu) && try_own(vcpu)) {
			vcpu_drive(vcpu, NULL);
			continue;
		}
		atomic_store(&t->asleep, 1);
		atomic_thread_fence(memory_order_seq_cst);
		if (!vcpu_is_neglected(vcpu) && !vcpu_dead())
			sleep_until(t, NEVER);
		atomic_store(&t->asleep, 0);
	}
	fault_thread_exit();
	return NULL;
}

void vcpu_set_timer(unsigned long long deadline)
{
	struct vcpu *vcpu = driven;

	/*
	 * The timer has fired since a job was offered.  A task may be running
	 * that waits for it and never leaves the kernel.
	 */
	if (!vcpu->virtual_time && atomic_load(&vcpu->deadline) == NEVER)
		pass_on_offered(vcpu);
	atomic_store(&vcpu->deadline, deadline);
	if (!vcpu->virtual_time &&
	    deadline < atomic_load(&vcpu->ticker_until))
		vcpu_wake_thread(&vcpu->ticker);
}

void vcpu_wake(struct lkl_thread *thread)
{
	vcpu_wake_thread((struct host_thread *)thread);
}

void vcpu_panic(const char *message)
{
	panicked = true;
	log_panic(message);
}

/* The kernel is dead, and all threads have been woken. */
static void vcpu_await_waiters(struct vcpu *vcpu)
{
	const struct timespec pause = { .tv_nsec = 50000 };

	/* They may have to finish a job. */
	while (atomic_load(&vcpu->waiters))
		nanosleep(&pause, NULL);
}

int vcpu_start(struct vcpu *vcpu, struct lkl_vcpu *shared, bool virtual_time)
{
	bool ticker_alone = false;
	sigset_t all, old;
	int err;

	vcpu->shared = shared;
	vcpu->epoch++;
	vcpu->virtual_time = virtual_time;
	vcpu->offered = NULL;
	vcpu->ticker.vcpu = vcpu;
	vcpu->spare.vcpu = vcpu;
	atomic_store(&vcpu->work, false);
	atomic_store(&vcpu->deadline, NEVER);
	atomic_store(&vcpu->owner, OWNED);
	atomic_store(&panicked, false);
	atomic_store(&dead, 0);
	/* The threads handle no signals of the program but its own faults. */
	sigfillset(&all);
	sigdelset(&all, SIGSEGV);
	sigdelset(&all, SIGBUS);
	sigdelset(&all, SIGFPE);
	sigdelset(&all, SIGILL);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&vcpu->ticker_thread, NULL, run_ticker,
			     vcpu);
	if (!err) {
		err = pthread_create(&vcpu->spare_thread, NULL,
				     run_spare_driver, vcpu);
		if (err)
			ticker_alone = true;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err) {
		/* Other threads may wait for calls by now. */
		atomic_store(&dead, -ENXIO);
		atomic_store(&vcpu->owner, DEAD);
		if (ticker_alone) {
			vcpu_wake_thread(&vcpu->ticker);
			pthread_join(vcpu->ticker_thread, NULL);
		}
		thread_for_each(vcpu_wake_thread);
		vcpu_await_waiters(vcpu);
	}
	return -err;
}

void vcpu_stop(struct vcpu *vcpu)
{
	vcpu_wake_thread(&vcpu->ticker);
	vcpu_wake_thread(&vcpu->spare);
	pthread_join(vcpu->ticker_thread, NULL);
	pthread_join(vcpu->spare_thread, NULL);
	vcpu_await_waiters(vcpu);
	atomic_store(&dead, -ENXIO);
}

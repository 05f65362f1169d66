/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vcpu.c - driving the virtual CPU.
 *
 * At any time one host thread owns the vCPU and drives it, or none does.
 * Ownership is one atomic word; nobody blocks to get it.  A thread that wants
 * its call done either owns the vCPU and enters, or sleeps until its call is
 * complete or until it is its turn to drive.
 *
 * Whoever leaves the vCPU with work to do (an interrupt that is pending, a
 * task that is runnable) kicks one thread, which drives on: the last one that
 * went to sleep over a call of its own, otherwise the vCPU's own thread, the
 * ticker, which also keeps the kernel's timer.  Whoever raises an interrupt
 * while nobody drives does the same.  Both sides first publish (the ownership
 * word, the interrupt bit) and then look at what the other published, with
 * sequentially consistent accesses, so one of them sees both.
 *
 * There is no kick while a thread is awake in vcpu_wait(): it drives, or looks
 * once more for work before it sleeps, and on its way out it passes the work
 * on.  Nobody spins: what a thread waits for is done by another one, which
 * runs sooner if the scheduler may put it on the same processor.
 *
 * What a device cannot do at once is offered as a job.  The thread whose call
 * is the only one performs it itself where it would sleep: it is waiting for
 * just that, or for a timer.  The vCPU is free meanwhile.
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

#include "clock.h"
#include "fault.h"
#include "log.h"
#include "thread.h"
#include "vcpu.h"

enum owner { FREE, OWNED, DEAD };

#define NEVER	(~0ull)

static struct {
	atomic_int owner;		/* enum owner */
	atomic_bool work;		/* left with runnable tasks */
	struct host_job *offered;	/* the owner's */
	atomic_uint waiters;		/* threads in vcpu_wait() */
	atomic_uint watchers;		/* ... that are awake */
	_Atomic(struct host_thread *) sleeper;	/* whom to kick */
	atomic_int dead;		/* 0, or the errno of all calls */
	bool panicked;			/* written by the driver only */
	/* The kernel's timer. */
	atomic_ullong deadline;		/* when it fires */
	atomic_ullong ticker_until;	/* when the ticker wakes by itself */
	struct host_thread ticker;
	pthread_t ticker_thread;
} vcpu = { .deadline = NEVER, .owner = DEAD, .dead = -ENXIO };

struct vcpu_stats vcpu_stats;

static void wake(struct host_thread *t)
{
	/* The reason to wake it was published before; see vcpu_wait(). */
	atomic_thread_fence(memory_order_seq_cst);
	/* The first of several wakers does it. */
	if (!atomic_load_explicit(&t->asleep, memory_order_relaxed) ||
	    !atomic_exchange(&t->asleep, 0))
		return;
	vcpu_stats.wakes++;
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

	vcpu_stats.sleeps++;
	syscall(SYS_futex, &t->asleep,
		FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, 1,
		until == NEVER ? NULL : &ts, NULL, FUTEX_BITSET_MATCH_ANY);
}

static bool try_own(void)
{
	int free = FREE;

	return atomic_load_explicit(&vcpu.owner, memory_order_relaxed) == FREE &&
	       atomic_compare_exchange_strong(&vcpu.owner, &free, OWNED);
}

/* Is there something to do that nobody is doing? */
static bool is_neglected(void)
{
	return atomic_load(&vcpu.owner) == FREE &&
	       (__atomic_load_n(&lkl_vcpu.irq_pending, __ATOMIC_SEQ_CST) ||
		atomic_load(&vcpu.work));
}

static void kick(void)
{
	struct host_thread *t;

	if (atomic_load(&vcpu.watchers))
		return;
	t = atomic_load(&vcpu.sleeper);
	wake(t ? t : &vcpu.ticker);
}

static void release(void)
{
	if (lkl_vcpu.work_left)
		atomic_store(&vcpu.work, true);
	atomic_store(&vcpu.owner, FREE);
	if (__builtin_expect(is_neglected(), 0))
		kick();
}

static void die(void)
{
	atomic_store(&vcpu.dead, vcpu.panicked ? -ENOTRECOVERABLE : -ENXIO);
	atomic_store(&vcpu.owner, DEAD);
	thread_for_each(wake);
	wake(&vcpu.ticker);
}

static bool is_busy(struct host_thread *t)
{
	return __atomic_load_n(&t->k.busy, __ATOMIC_ACQUIRE);
}

bool vcpu_offer(struct host_job *job)
{
	if (vcpu.offered) {
		vcpu_recall();
		return false;
	}
	vcpu.offered = job;
	return true;
}

void vcpu_recall(void)
{
	struct host_job *job = vcpu.offered;

	vcpu.offered = NULL;
	if (job)
		job->pass_on(job);
}

/* What @t, having driven, is to do before it sleeps; still owned. */
static struct host_job *take_job(struct host_thread *t)
{
	struct host_job *job = vcpu.offered;

	if (!job)
		return NULL;
	if (t && lkl_vcpu.reason == LKL_LEAVE_IDLE && is_busy(t) &&
	    atomic_load(&vcpu.waiters) == t->waits) {
		vcpu.offered = NULL;
		return job;
	}
	vcpu_recall();
	return NULL;
}

/*
 * Drive, for @t if not NULL, until its call is complete or nothing is
 * runnable; the vCPU is not owned any more then.  Returns a job for @t.
 */
static struct host_job *drive(struct host_thread *t)
{
	struct host_job *job;

	fault_enter();
	if (atomic_load_explicit(&vcpu.work, memory_order_relaxed))
		atomic_store(&vcpu.work, false);
	lkl_vcpu.driver = t ? &t->k : NULL;
	vcpu_stats.entries++;
	lkl_fiber_switch(&lkl_vcpu.host_sp, lkl_vcpu.task_sp);
	fault_leave();
	job = take_job(t);
	switch (lkl_vcpu.reason) {
	case LKL_LEAVE_IDLE:
		vcpu_stats.idles++;
		break;
	case LKL_LEAVE_DONE:
		break;
	case LKL_LEAVE_DEAD:
		die();
		return NULL;
	}
	release();
	return job;
}

int vcpu_dead(void)
{
	return atomic_load_explicit(&vcpu.dead, memory_order_relaxed);
}

static void raise_irq(unsigned int irq)
{
	__atomic_fetch_or(&lkl_vcpu.irq_pending, 1ul << irq, __ATOMIC_SEQ_CST);
}

void vcpu_raise(unsigned int irq)
{
	raise_irq(irq);
	if (atomic_load(&vcpu.owner) == FREE)
		kick();
}

/* Hand @t's call to the kernel; somebody has to drive. */
static void post(struct host_thread *t)
{
	struct lkl_thread *old = __atomic_load_n(&lkl_vcpu.posted,
						 __ATOMIC_RELAXED);

	do
		t->k.next = old;
	while (!__atomic_compare_exchange_n(&lkl_vcpu.posted, &old, &t->k, 1,
					    __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED));
	raise_irq(LKL_IRQ_CALL);
}

void vcpu_post(struct host_thread *t)
{
	post(t);
	if (atomic_load(&vcpu.owner) == FREE)
		kick();
}

/* Its caller is a watcher before and after, but not while it cannot watch. */
static void perform(struct host_thread *t, struct host_job *job)
{
	struct host_thread *me = t;
	int state;

	vcpu_stats.jobs++;
	t->idle_waits++;
	/* Kicking it would be in vain. */
	atomic_compare_exchange_strong(&vcpu.sleeper, &me, NULL);
	atomic_fetch_sub(&vcpu.watchers, 1);
	if (is_neglected())
		kick();
	/* The kernel waits for it, even if nobody else does. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	job->perform(job);
	atomic_fetch_add(&vcpu.watchers, 1);
	job->finish(job);
	pthread_setcancelstate(state, NULL);
}

/* Drive or sleep until @t is not busy, beginning with @job if not NULL. */
static long vcpu_wait(struct host_thread *t, struct host_job *job)
{
	struct host_thread *me = t;

	t->waits = 1;
	atomic_fetch_add(&vcpu.waiters, 1);
	atomic_fetch_add(&vcpu.watchers, 1);
	if (job)
		perform(t, job);
	while (is_busy(t) && !vcpu_dead()) {
		if (is_neglected() && try_own()) {
			job = drive(t);
			if (job)
				perform(t, job);
			continue;
		}
		atomic_store(&vcpu.sleeper, t);
		atomic_store(&t->asleep, 1);
		atomic_fetch_sub(&vcpu.watchers, 1);
		/* Everything that would wake us, once more. */
		atomic_thread_fence(memory_order_seq_cst);
		if (is_busy(t) && !is_neglected() && !vcpu_dead()) {
			t->idle_waits += atomic_load(&vcpu.owner) == FREE;
			sleep_until(t, NEVER);
		}
		atomic_fetch_add(&vcpu.watchers, 1);
		atomic_store(&t->asleep, 0);
	}
	atomic_compare_exchange_strong(&vcpu.sleeper, &me, NULL);
	atomic_fetch_sub(&vcpu.waiters, 1);
	t->waits = 0;
	atomic_fetch_sub(&vcpu.watchers, 1);
	/* What others left to us while we watched. */
	if (is_neglected())
		kick();
	return is_busy(t) ? vcpu_dead() : t->k.ret;
}

long vcpu_call(struct host_thread *t)
{
	struct host_job *job;

	if (!try_own()) {
		post(t);
		return vcpu_wait(t, NULL);
	}
	if (lkl_vcpu.user == &t->k) {
		vcpu_stats.direct++;
		t->k.ready = 1;
	} else {
		post(t);
	}
	job = drive(t);
	if (__builtin_expect(job || is_busy(t), 0))
		return vcpu_wait(t, job);
	return t->k.ret;
}

long vcpu_boot(struct host_thread *t)
{
	while (!try_own())
		;
	return vcpu_wait(t, drive(t));
}

/* The vCPU's own thread: the timer, and work that nobody waits for. */
static void *run_ticker(void *arg)
{
	struct host_thread *t = &vcpu.ticker;

	(void)arg;
	fault_thread_init();
	while (!vcpu_dead()) {
		unsigned long long deadline = atomic_load(&vcpu.deadline);

		if (deadline != NEVER && clock_monotonic() >= deadline) {
			/* Unless it was set anew just now. */
			if (atomic_compare_exchange_strong(&vcpu.deadline,
							   &deadline, NEVER))
				vcpu_raise(LKL_IRQ_TIMER);
			continue;
		}
		if (is_neglected() && try_own()) {
			drive(NULL);
			continue;
		}
		atomic_store(&vcpu.ticker_until, deadline);
		atomic_store(&t->asleep, 1);
		if (atomic_load(&vcpu.deadline) >= deadline &&
		    !is_neglected() && !vcpu_dead())
			sleep_until(t, deadline);
		atomic_store(&t->asleep, 0);
		atomic_store(&vcpu.ticker_until, 0);
	}
	return NULL;
}

void vcpu_set_timer(unsigned long long deadline)
{
	atomic_store(&vcpu.deadline, deadline);
	if (deadline < atomic_load(&vcpu.ticker_until))
		wake(&vcpu.ticker);
}

void vcpu_wake(struct lkl_thread *thread)
{
	wake((struct host_thread *)thread);
}

void vcpu_panic(const char *message)
{
	vcpu.panicked = true;
	log_panic(message);
}

int vcpu_start(void)
{
	sigset_t all, old;
	int err;

	atomic_store(&vcpu.dead, 0);
	atomic_store(&vcpu.owner, FREE);
	/* Signals are the program's business, but for its own faults. */
	sigfillset(&all);
	sigdelset(&all, SIGSEGV);
	sigdelset(&all, SIGBUS);
	sigdelset(&all, SIGFPE);
	sigdelset(&all, SIGILL);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&vcpu.ticker_thread, NULL, run_ticker, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err) {
		atomic_store(&vcpu.owner, DEAD);
		atomic_store(&vcpu.dead, -ENXIO);
	}
	return -err;
}

void vcpu_stop(void)
{
	wake(&vcpu.ticker);
	pthread_join(vcpu.ticker_thread, NULL);
}

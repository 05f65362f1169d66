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
 * A kick may reach a thread whose call has just been completed by another
 * driver; on its way out it passes the kick on (see vcpu_wait()).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
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

/* About what two wake-ups cost. */
#define SPIN_NS	10000

static struct {
	atomic_int owner;		/* enum owner */
	atomic_bool work;		/* left with runnable tasks */
	_Atomic(struct host_thread *) sleeper;	/* whom to kick */
	atomic_int dead;		/* 0, or the errno of all calls */
	bool panicked;			/* written by the driver only */
	bool may_spin;			/* there is more than one processor */
	atomic_bool spinning;		/* a thread is in spin() */
	/* The kernel's timer. */
	atomic_ullong deadline;		/* when it fires */
	atomic_ullong ticker_until;	/* when the ticker wakes by itself */
	struct host_thread ticker;
	pthread_t ticker_thread;
} vcpu = { .deadline = NEVER, .owner = DEAD, .dead = -ENXIO };

struct vcpu_stats vcpu_stats;

static void wake(struct host_thread *t)
{
	atomic_fetch_add(&t->wakes, 1);
	if (!atomic_load(&t->asleep))
		return;
	vcpu_stats.wakes++;
	syscall(SYS_futex, &t->wakes, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, INT_MAX,
		NULL, NULL, 0);
}

/*
 * Sleep unless @t was woken since @seen was read; @until is absolute.  The
 * caller has set t->asleep before it last looked for a reason not to.
 */
static void sleep_until(struct host_thread *t, unsigned int seen,
			unsigned long long until)
{
	struct timespec ts = {
		.tv_sec = until / 1000000000,
		.tv_nsec = until % 1000000000,
	};

	vcpu_stats.sleeps++;
	syscall(SYS_futex, &t->wakes,
		FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, seen,
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
	struct host_thread *t = atomic_load(&vcpu.sleeper);

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

/*
 * Drive, for @t if not NULL, until its call is complete or nothing is
 * runnable; the vCPU is not owned any more then.
 */
static void drive(struct host_thread *t)
{
	fault_enter();
	if (atomic_load_explicit(&vcpu.work, memory_order_relaxed))
		atomic_store(&vcpu.work, false);
	lkl_vcpu.driver = t ? &t->k : NULL;
	vcpu_stats.entries++;
	lkl_fiber_switch(&lkl_vcpu.host_sp, lkl_vcpu.task_sp);
	fault_leave();
	switch (lkl_vcpu.reason) {
	case LKL_LEAVE_IDLE:
		vcpu_stats.idles++;
		break;
	case LKL_LEAVE_DONE:
		break;
	case LKL_LEAVE_DEAD:
		die();
		return;
	}
	release();
}

static bool is_busy(struct host_thread *t)
{
	return __atomic_load_n(&t->k.busy, __ATOMIC_ACQUIRE);
}

int vcpu_dead(void)
{
	return atomic_load_explicit(&vcpu.dead, memory_order_relaxed);
}

void vcpu_raise(unsigned int irq)
{
	__atomic_fetch_or(&lkl_vcpu.irq_pending, 1ul << irq, __ATOMIC_SEQ_CST);
	if (atomic_load(&vcpu.owner) == FREE)
		kick();
}

static void push_post(struct host_thread *t)
{
	struct lkl_thread *old = __atomic_load_n(&lkl_vcpu.posted,
						 __ATOMIC_RELAXED);

	do
		t->k.next = old;
	while (!__atomic_compare_exchange_n(&lkl_vcpu.posted, &old, &t->k, 1,
					    __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED));
}

void vcpu_post(struct host_thread *t)
{
	push_post(t);
	vcpu_raise(LKL_IRQ_CALL);
}

long vcpu_call(struct host_thread *t)
{
	if (!try_own()) {
		vcpu_post(t);
		return vcpu_wait(t);
	}
	if (lkl_vcpu.user == &t->k) {
		vcpu_stats.direct++;
		t->k.ready = 1;
	} else {
		push_post(t);
		__atomic_fetch_or(&lkl_vcpu.irq_pending, 1ul << LKL_IRQ_CALL,
				  __ATOMIC_SEQ_CST);
	}
	drive(t);
	if (__builtin_expect(is_busy(t), 0))
		return vcpu_wait(t);
	return t->k.ret;
}

/*
 * Watch for a moment before sleeping: many waits are shorter than going to
 * sleep and being woken takes.  One thread at a time, and not if the driver
 * needs the processor that would be spent.
 */
static bool spin(struct host_thread *t)
{
	unsigned long long until;
	bool found = false;

	if (!vcpu.may_spin || atomic_exchange(&vcpu.spinning, true))
		return false;
	until = clock_monotonic() + SPIN_NS;
	do {
		unsigned int i;

		for (i = 0; i < 16 && !found; i++) {
			found = !is_busy(t) || is_neglected();
#ifdef __x86_64__
			__builtin_ia32_pause();
#else
			__asm__ volatile("yield");
#endif
		}
	} while (!found && clock_monotonic() < until);
	atomic_store(&vcpu.spinning, false);
	return found;
}

long vcpu_wait(struct host_thread *t)
{
	struct host_thread *me = t;
	int dead;

	while (is_busy(t)) {
		unsigned int seen;

		dead = vcpu_dead();
		if (dead)
			return dead;
		if (is_neglected() && try_own()) {
			drive(t);
			continue;
		}
		/* Kicks are for us from here on, spinning or asleep. */
		atomic_store(&vcpu.sleeper, t);
		if (spin(t))
			continue;
		atomic_store(&t->asleep, true);
		seen = atomic_load(&t->wakes);
		/* Everything that would wake us, once more. */
		if (is_busy(t) && !is_neglected() && !vcpu_dead())
			sleep_until(t, seen, NEVER);
		atomic_store(&t->asleep, false);
	}
	if (atomic_compare_exchange_strong(&vcpu.sleeper, &me, NULL) &&
	    is_neglected())
		kick();
	return t->k.ret;
}

long vcpu_boot(struct host_thread *t)
{
	while (!try_own())
		;
	drive(t);
	return vcpu_wait(t);
}

/* The vCPU's own thread: the timer, and work that nobody waits for. */
static void *run_ticker(void *arg)
{
	struct host_thread *t = &vcpu.ticker;

	(void)arg;
	fault_thread_init();
	/* Whoever wakes it need not know what it does. */
	atomic_store(&t->asleep, true);
	while (!vcpu_dead()) {
		unsigned int seen = atomic_load(&t->wakes);
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
		if (atomic_load(&vcpu.deadline) >= deadline && !is_neglected())
			sleep_until(t, seen, deadline);
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

/* Those that this process may use. */
static int count_processors(void)
{
	cpu_set_t set;

	/* Fails if there are more than the set holds. */
	if (sched_getaffinity(0, sizeof(set), &set))
		return CPU_SETSIZE;
	return CPU_COUNT(&set);
}

int vcpu_start(void)
{
	sigset_t all, old;
	int err;

	vcpu.may_spin = count_processors() > 1;
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

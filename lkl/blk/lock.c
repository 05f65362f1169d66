// SPDX-License-Identifier: GPL-2.0-only
/*
 * lock.c - locks whose holder may be gone.
 *
 * lock_break() cannot wake those who wait for a lock.  They look for themselves,
 * several times a second.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "blk/lock.h"

#define LOOK_NS		200000000l
#define SECOND_NS	1000000000l

static atomic_bool broken;

/* Where lock_bounded_call() of this thread continues, or NULL. */
static __thread jmp_buf *way_out __attribute__((tls_model("initial-exec")));

void lock_break(void)
{
	atomic_store(&broken, true);
}

int lock_bounded_call(int (*fn)(void *arg), void *arg)
{
	jmp_buf *const outer = way_out;
	jmp_buf here;
	int ret;

	/* The signal mask is the same where it is left. */
	if (_setjmp(here)) {
		way_out = outer;
		return -ENOTRECOVERABLE;
	}
	way_out = &here;
	ret = fn(arg);
	way_out = outer;
	return ret;
}

static void give_up_if_broken(void)
{
	if (way_out && atomic_load(&broken))
		_longjmp(*way_out, 1);
}

static struct timespec next_look(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_nsec += LOOK_NS;
	if (ts.tv_nsec >= SECOND_NS) {
		ts.tv_nsec -= SECOND_NS;
		ts.tv_sec++;
	}
	return ts;
}

void lock_take(pthread_mutex_t *lock)
{
	struct timespec until;

	if (!pthread_mutex_trylock(lock))
		return;
	do {
		give_up_if_broken();
		until = next_look();
	} while (pthread_mutex_timedlock(lock, &until));
}

void lock_take_shared(pthread_rwlock_t *lock)
{
	struct timespec until;

	if (!pthread_rwlock_tryrdlock(lock))
		return;
	do {
		give_up_if_broken();
		until = next_look();
	} while (pthread_rwlock_timedrdlock(lock, &until));
}

void lock_take_alone(pthread_rwlock_t *lock)
{
	struct timespec until;

	if (!pthread_rwlock_trywrlock(lock))
		return;
	do {
		give_up_if_broken();
		until = next_look();
	} while (pthread_rwlock_timedwrlock(lock, &until));
}

void lock_event_init(struct lock_event *event)
{
	pthread_mutex_init(&event->lock, NULL);
	pthread_cond_init(&event->cond, NULL);
}

void lock_event_destroy(struct lock_event *event)
{
	pthread_cond_destroy(&event->cond);
	pthread_mutex_destroy(&event->lock);
}

void lock_event_wait(struct lock_event *event, pthread_mutex_t *lock)
{
	struct timespec until = next_look();

	pthread_mutex_lock(&event->lock);
	pthread_mutex_unlock(lock);
	pthread_cond_timedwait(&event->cond, &event->lock, &until);
	pthread_mutex_unlock(&event->lock);
	give_up_if_broken();
	lock_take(lock);
}

void lock_event_wake(struct lock_event *event)
{
	pthread_mutex_lock(&event->lock);
	pthread_cond_broadcast(&event->cond);
	pthread_mutex_unlock(&event->lock);
}

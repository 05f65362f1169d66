/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lock.h - locks whose holder may be gone: a fault has taken it out of its work.
 *
 * The data behind such a lock is of no use any more.  A thread that waits for
 * it in lock_bounded_call() gives up all that it does there.  A free lock costs
 * no more than any other.
 *
 * For the locks that a thread may hold while it drives the kernel, and those
 * that are held while another thread waits for one of these.
 */
#ifndef LKL_BLK_LOCK_H
#define LKL_BLK_LOCK_H

#include <pthread.h>

/*
 * lock_break - a thread has been taken out of its work, and frees none of its locks
 *
 * For good.  May be called in a signal handler.
 */
void lock_break(void);

/*
 * lock_bounded_call - call @fn with @arg
 *
 * Returns @fn's result, or -ENOTRECOVERABLE if it had to wait for a lock after
 * lock_break().  Then @fn was left as by longjmp(): what it allocated and locked
 * stays so.
 */
int lock_bounded_call(int (*fn)(void *arg), void *arg);

/*
 * lock_take - pthread_mutex_lock(), which gives up after lock_break()
 *
 * A thread that is not in lock_bounded_call() waits on.
 */
void lock_take(pthread_mutex_t *lock);
void lock_take_shared(pthread_rwlock_t *lock);
void lock_take_alone(pthread_rwlock_t *lock);

/* A condition; a lock of its own lets those that wait for it give up. */
struct lock_event {
	pthread_mutex_t lock;	/* held to wake, and until asleep; innermost */
	pthread_cond_t cond;
};

void lock_event_init(struct lock_event *event);
void lock_event_destroy(struct lock_event *event);

/* lock_event_wait - as pthread_cond_wait(); gives up after lock_break(). */
void lock_event_wait(struct lock_event *event, pthread_mutex_t *lock);

/* lock_event_wake - wake all.  The caller holds the lock that they wait with. */
void lock_event_wake(struct lock_event *event);

#endif /* LKL_BLK_LOCK_H */

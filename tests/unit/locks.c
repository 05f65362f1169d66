// SPDX-License-Identifier: GPL-2.0-only
/*
 * locks.c - locks and events work as any others, until lock_break(): then those
 * who wait in lock_bounded_call() give up.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#include "blk/lock.h"
#include "helpers/asleep.h"
#include "unit.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t with_event = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static struct lock_event event;
static bool happened;		/* guarded by with_event */

static int take(void *arg)
{
	(void)arg;
	lock_take(&mutex);
	pthread_mutex_unlock(&mutex);
	return 1;
}

static int take_shared(void *arg)
{
	(void)arg;
	lock_take_shared(&rwlock);
	pthread_rwlock_unlock(&rwlock);
	return 1;
}

static int take_alone(void *arg)
{
	(void)arg;
	lock_take_alone(&rwlock);
	pthread_rwlock_unlock(&rwlock);
	return 1;
}

static int wait_for_event(void *arg)
{
	(void)arg;
	lock_take(&with_event);
	while (!happened)
		lock_event_wait(&event, &with_event);
	pthread_mutex_unlock(&with_event);
	return 1;
}

static int (*const waits[])(void *) = {
	take, take_shared, take_alone, wait_for_event,
};
#define WAITS	(sizeof(waits) / sizeof(waits[0]))

static struct waiter {
	pthread_t thread;
	int (*wait)(void *arg);
	atomic_int tid;
	int ret;
} waiters[WAITS];

static void *run(void *arg)
{
	struct waiter *w = arg;

	atomic_store(&w->tid, own_tid());
	w->ret = lock_bounded_call(w->wait, NULL);
	return NULL;
}

static void start_all(void)
{
	unsigned int i;

	happened = false;
	pthread_mutex_lock(&mutex);
	pthread_rwlock_wrlock(&rwlock);
	for (i = 0; i < WAITS; i++) {
		waiters[i].wait = waits[i];
		waiters[i].tid = 0;
		waiters[i].ret = 0;
		REQUIRE(!pthread_create(&waiters[i].thread, NULL, run,
					&waiters[i]));
		while (!atomic_load(&waiters[i].tid))
			;
		REQUIRE(wait_until_asleep(waiters[i].tid));
	}
}

static void join_all(int ret)
{
	unsigned int i;

	for (i = 0; i < WAITS; i++) {
		REQUIRE(!pthread_join(waiters[i].thread, NULL));
		CHECK_EQ(waiters[i].ret, ret);
	}
}

static void work_as_others(void)
{
	start_all();
	pthread_mutex_unlock(&mutex);
	pthread_rwlock_unlock(&rwlock);
	lock_take(&with_event);
	happened = true;
	lock_event_wake(&event);
	pthread_mutex_unlock(&with_event);
	join_all(1);
}

static void waiters_give_up(void)
{
	start_all();
	/* All of them are held for ever. */
	pthread_mutex_lock(&with_event);
	lock_break();
	join_all(-ENOTRECOVERABLE);
}

static void a_free_lock_is_taken(void)
{
	pthread_mutex_unlock(&mutex);
	CHECK_EQ(lock_bounded_call(take, NULL), 1);
}

int main(void)
{
	alarm(60);			/* or it hangs */
	lock_event_init(&event);
	RUN(work_as_others);
	RUN(waiters_give_up);
	RUN(a_free_lock_is_taken);
	return unit_exit();
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * sync-later.c - one thread that waits for the disk, so that the thread that answers
 * calls need not.
 *
 * The kernel inside serves other calls meanwhile.  Syncs of one program after another
 * do not take longer than beside each other: there is one disk.
 */
#include "sync-later.h"

#include <pthread.h>
#include <stdlib.h>

#include "common/quiet-thread.h"

struct sync {
	struct call call;
	enum sync_kind kind;
	int inside;
	long result;
	struct sync *next;
};

static struct {
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	pthread_t thread;
	/* Under the mutex: */
	struct sync *first, **last;	/* what is to be done */
	bool end;
	/* Of the thread that answers calls: */
	bool started;
} worker = {
	.mutex = PTHREAD_MUTEX_INITIALIZER,
	.wake = PTHREAD_COND_INITIALIZER,
	.last = &worker.first,
};

static long sync_now(enum sync_kind kind, int inside, long result)
{
	long ret;

	switch (kind) {
	case SYNC_FILE:
		ret = lkl_sys_fsync((unsigned int)inside);
		break;
	case SYNC_DATA:
		ret = lkl_sys_fdatasync((unsigned int)inside);
		break;
	case SYNC_FILE_SYSTEM:
		ret = lkl_sys_syncfs(inside);
		break;
	default:
		ret = lkl_sys_sync();
	}
	return ret < 0 ? ret : result;
}

static void sync_do(struct sync *sync)
{
	call_answer(&sync->call,
		      sync_now(sync->kind, sync->inside, sync->result));
	if (sync->inside >= 0)
		lkl_sys_close((unsigned int)sync->inside);
	free(sync);
}

static void *sync_thread(void *opaque)
{
	struct sync *sync;

	(void)opaque;
	pthread_mutex_lock(&worker.mutex);
	for (;;) {
		sync = worker.first;
		if (!sync && worker.end)
			break;
		if (!sync) {
			pthread_cond_wait(&worker.wake, &worker.mutex);
			continue;
		}
		worker.first = sync->next;
		if (!worker.first)
			worker.last = &worker.first;
		pthread_mutex_unlock(&worker.mutex);
		sync_do(sync);
		pthread_mutex_lock(&worker.mutex);
	}
	pthread_mutex_unlock(&worker.mutex);
	return NULL;
}

static struct sync *sync_new(const struct call *call, enum sync_kind kind,
			     int inside, long result)
{
	struct sync *sync = malloc(sizeof(*sync));
	long copy = -1;

	if (!sync)
		return NULL;
	/* The program may close the file meanwhile. */
	if (inside >= 0)
		copy = lkl_sys_fcntl((unsigned int)inside,
				     LKL_F_DUPFD_CLOEXEC, 0);
	if (inside >= 0 && copy < 0) {
		free(sync);
		return NULL;
	}
	*sync = (struct sync){ *call, kind, (int)copy, result, NULL };
	return sync;
}

long sync_later(const struct call *call, enum sync_kind kind, int inside,
		long result)
{
	struct sync *sync;

	if (!worker.started)
		worker.started = !quiet_thread_create(&worker.thread, sync_thread,
						      NULL);
	sync = worker.started ? sync_new(call, kind, inside, result) : NULL;
	if (!sync)
		return sync_now(kind, inside, result);
	pthread_mutex_lock(&worker.mutex);
	*worker.last = sync;
	worker.last = &sync->next;
	pthread_cond_signal(&worker.wake);
	pthread_mutex_unlock(&worker.mutex);
	return CALL_ANSWERED;
}

void sync_later_end(void)
{
	if (!worker.started)
		return;
	pthread_mutex_lock(&worker.mutex);
	worker.end = true;
	pthread_cond_signal(&worker.wake);
	pthread_mutex_unlock(&worker.mutex);
	pthread_join(worker.thread, NULL);
	worker.started = false;
}

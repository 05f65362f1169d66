// SPDX-License-Identifier: GPL-2.0-only
/* interrupts.c - programs that are killed while they wait for a request. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "interrupts.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <lkl/linux/fuse.h>

#include "common/error.h"
#include "callers.h"
#include "device.h"

/*
 * Most requests have an answer before the first look.  A program may get a second
 * signal, of which the host does not tell: hence further looks.
 */
#define LOOK_NS		100000000

/* Workers, and interrupts that are looked at; more are forgotten. */
#define WORKERS_MAX	256
#define NOTES_MAX	64

/* An interrupt may be read before the worker has begun with the request. */
#define LOOKS_FOR_WORKER 3

struct note {
	uint64_t unique;
	unsigned int misses;	/* looks that found no worker */
};

static struct {
	pthread_t thread;
	bool started;
	pthread_mutex_t lock;	/* protects all of the following */
	pthread_cond_t changed;
	bool stop;
	struct in_flight *workers[WORKERS_MAX];
	unsigned int n_workers;
	struct note notes[NOTES_MAX];
	unsigned int n_notes;
} interrupts = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.changed = PTHREAD_COND_INITIALIZER,
};

/* ---- In the workers ---- */

/*
 * A late end of these leaves nothing behind but lookup counts and descriptors,
 * which the worker takes back when the host refuses its reply.
 */
static bool may_be_interrupted(struct device *device, size_t len)
{
	const struct lkl_fuse_open_in *open;

	switch (device_request(device)->opcode) {
	case LKL_FUSE_LOOKUP:
	case LKL_FUSE_GETATTR:
	case LKL_FUSE_STATX:
	case LKL_FUSE_READLINK:
	case LKL_FUSE_GETXATTR:
	case LKL_FUSE_LISTXATTR:
	case LKL_FUSE_STATFS:
	case LKL_FUSE_OPENDIR:
		return true;
	case LKL_FUSE_OPEN:
		open = device_arguments(device, len, sizeof(*open));
		return open && !(open->flags & O_TRUNC);
	}
	return false;
}

void in_flight_begin(struct in_flight *in_flight, struct device *device,
		     size_t len)
{
	const struct lkl_fuse_in_header *head = device_request(device);

	if (!may_be_interrupted(device, len))
		return;
	atomic_store_explicit(&in_flight->thread, (int)head->pid,
			      memory_order_relaxed);
	atomic_store_explicit(&in_flight->unique, head->unique,
			      memory_order_release);
}

void in_flight_end(struct in_flight *in_flight)
{
	atomic_store_explicit(&in_flight->unique, 0, memory_order_release);
}

void interrupts_note(uint64_t unique)
{
	pthread_mutex_lock(&interrupts.lock);
	if (interrupts.started && interrupts.n_notes < NOTES_MAX) {
		interrupts.notes[interrupts.n_notes++] =
			(struct note){ .unique = unique };
		pthread_cond_signal(&interrupts.changed);
	}
	pthread_mutex_unlock(&interrupts.lock);
}

void interrupts_watch(struct in_flight *in_flight)
{
	pthread_mutex_lock(&interrupts.lock);
	if (interrupts.n_workers < WORKERS_MAX)
		interrupts.workers[interrupts.n_workers++] = in_flight;
	pthread_mutex_unlock(&interrupts.lock);
}

/* ---- In the thread ---- */

static struct in_flight *find_worker(uint64_t unique)
{
	unsigned int i;

	for (i = 0; i < interrupts.n_workers; i++)
		if (atomic_load_explicit(&interrupts.workers[i]->unique,
					 memory_order_acquire) == unique)
			return interrupts.workers[i];
	return NULL;
}

/*
 * A number is never used again.  So this can answer no other request, and it
 * fails if the worker was faster.
 */
static void reply_interrupted(int fd, uint64_t unique)
{
	const struct lkl_fuse_out_header header = {
		.len = sizeof(header), .error = -EINTR, .unique = unique,
	};

	if (write(fd, &header, sizeof(header)) < 0)
		return;
}

/*
 * True if there is nothing to do about @note any more.  The caller holds the
 * lock, which is free while this waits for the guardian.
 */
static bool look_at(struct note *note)
{
	struct in_flight *worker = find_worker(note->unique);
	bool dying;
	int thread;

	if (!worker)
		return ++note->misses >= LOOKS_FOR_WORKER;
	thread = atomic_load_explicit(&worker->thread, memory_order_relaxed);
	pthread_mutex_unlock(&interrupts.lock);
	dying = callers_is_dying(thread);
	pthread_mutex_lock(&interrupts.lock);
	/* As long as the request is not answered, the thread is that one. */
	if (atomic_load_explicit(&worker->unique, memory_order_acquire) !=
	    note->unique)
		return true;
	if (dying)
		reply_interrupted(worker->fd, note->unique);
	return dying;
}

static void look_at_all(void)
{
	unsigned int i = 0;

	while (i < interrupts.n_notes && !interrupts.stop) {
		struct note note = interrupts.notes[i];
		bool done = look_at(&note);

		/* New ones may have come behind it meanwhile. */
		if (done)
			interrupts.notes[i] =
				interrupts.notes[--interrupts.n_notes];
		else
			interrupts.notes[i++] = note;
	}
}

static void *interrupts_thread(void *arg)
{
	const struct timespec pause = { .tv_nsec = LOOK_NS };

	(void)arg;
	pthread_mutex_lock(&interrupts.lock);
	while (!interrupts.stop) {
		if (!interrupts.n_notes) {
			pthread_cond_wait(&interrupts.changed,
					  &interrupts.lock);
			continue;
		}
		pthread_mutex_unlock(&interrupts.lock);
		nanosleep(&pause, NULL);
		pthread_mutex_lock(&interrupts.lock);
		look_at_all();
	}
	pthread_mutex_unlock(&interrupts.lock);
	return NULL;
}

int interrupts_start(struct lkl_error *err)
{
	int ret = pthread_create(&interrupts.thread, NULL, interrupts_thread,
				 NULL);

	if (ret)
		return error_set(err, -ret, "cannot start a thread: %s",
				 strerror(ret));
	pthread_mutex_lock(&interrupts.lock);
	interrupts.started = true;
	pthread_mutex_unlock(&interrupts.lock);
	return 0;
}

void interrupts_stop(void)
{
	bool started;

	pthread_mutex_lock(&interrupts.lock);
	started = interrupts.started;
	interrupts.started = false;
	interrupts.stop = true;
	pthread_cond_signal(&interrupts.changed);
	pthread_mutex_unlock(&interrupts.lock);
	if (started)
		pthread_join(interrupts.thread, NULL);
}

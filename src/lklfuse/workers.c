// SPDX-License-Identifier: GPL-2.0-only
/*
 * workers.c - the worker threads, which answer requests.
 *
 * The kernel inside runs one thread at a time.  Handing it from one host thread
 * to another costs more than most requests.  So one worker reads and answers
 * requests, and the others are parked.  A worker that has answered a request
 * parks if another one is waiting for requests already.
 *
 * One parked worker is the watcher.  It looks every millisecond whether
 * requests are being read.  If no worker waits for requests and none was read
 * since the last look, the active workers are waiting for the disk: the watcher
 * becomes active, too.  A worker wakes the watcher at once if its own request
 * had to wait for the disk and further requests are there.  After some looks
 * without requests the watcher sleeps until the next request.
 *
 * With io_uring (rings.c), the workers only get forgets and interrupts.  These
 * do not wake a watcher that sleeps.  So while the active worker waits in a
 * forget, further ones stay in the host's queue.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "workers.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/error.h"
#include "device.h"
#include "identity.h"
#include "interrupts.h"
#include "log.h"
#include "quiet-sync.h"
#include "rings.h"
#include "short-polling.h"

/* Interrupts a worker that waits for a request. */
#define WAKE_SIGNAL SIGUSR1

struct worker {
	struct workers *workers;
	struct device device;
	struct in_flight in_flight;
	struct short_polling polling;
	pthread_t thread;
	bool started;
	atomic_bool busy;	/* has read a request and not replied yet */
	atomic_bool ended;
};

/* The watcher's interval, and the number of idle looks before it sleeps. */
#define WATCH_NS	1000000
#define IDLE_LOOKS	16

struct workers {
	/*
	 * No wakeup is lost: the watcher sets watcher_sleeps before it
	 * reads requests_read, a worker counts before it reads
	 * watcher_sleeps.
	 */
	atomic_uint waiting;	/* workers that wait for a request */
	atomic_uint requests_read;	/* number of requests so far */
	atomic_bool watcher_sleeps;
	pthread_mutex_t lock;	/* protects the next four */
	bool watched;		/* a parked worker is the watcher */
	bool watcher_wanted;		/* the watcher should become active */
	pthread_cond_t parked;	/* no watcher, or stop */
	pthread_cond_t watcher;
	bool polls;		/* see short-polling.h */
	struct fuse_session *session;
	struct rings *rings;	/* owned; NULL: none */
	void (*done)(int error);
	atomic_flag done_reported;	/* done() was called */
	atomic_bool stop;
	unsigned int n;
	struct worker worker[];
};

static void report_done(struct workers *workers, int error)
{
	if (!atomic_flag_test_and_set(&workers->done_reported))
		workers->done(error);
}

/* Returns when one more active worker is needed.  The caller holds the lock. */
static void watch_for_stall(struct workers *workers)
{
	unsigned int looks = 0, seen;
	struct timespec until;

	while (!atomic_load(&workers->stop) && !workers->watcher_wanted) {
		seen = atomic_load(&workers->requests_read);
		if (looks >= IDLE_LOOKS) {
			atomic_store(&workers->watcher_sleeps, true);
			if (atomic_load(&workers->requests_read) == seen)
				pthread_cond_wait(&workers->watcher,
						  &workers->lock);
			atomic_store(&workers->watcher_sleeps, false);
			looks = 0;
			continue;
		}
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += WATCH_NS;
		if (until.tv_nsec >= 1000000000) {
			until.tv_nsec -= 1000000000;
			until.tv_sec++;
		}
		pthread_cond_timedwait(&workers->watcher, &workers->lock,
				       &until);
		if (atomic_load(&workers->requests_read) != seen)
			looks = 0;
		else if (atomic_load(&workers->waiting))
			looks++;
		else
			break;
	}
	workers->watcher_wanted = false;
}

static void park_worker(struct workers *workers)
{
	pthread_mutex_lock(&workers->lock);
	while (workers->watched && !atomic_load(&workers->stop))
		pthread_cond_wait(&workers->parked, &workers->lock);
	if (!atomic_load(&workers->stop)) {
		workers->watched = true;
		watch_for_stall(workers);
		workers->watched = false;
		pthread_cond_signal(&workers->parked);
	}
	pthread_mutex_unlock(&workers->lock);
}

static bool has_request(const struct worker *worker)
{
	struct pollfd pollfd = { .fd = worker->device.fd, .events = POLLIN };

	return poll(&pollfd, 1, 0) > 0 && !(pollfd.revents & POLLERR);
}

/* Requests have come in while this worker waited for the disk. */
static void wake_watcher(struct workers *workers)
{
	pthread_mutex_lock(&workers->lock);
	if (workers->watched) {
		workers->watcher_wanted = true;
		pthread_cond_signal(&workers->watcher);
	}
	pthread_mutex_unlock(&workers->lock);
}

static void process_request(struct worker *worker, size_t len)
{
	uint32_t opcode = device_request(&worker->device)->opcode;
	unsigned int waits = lkl_waits();

	in_flight_begin(&worker->in_flight, &worker->device, len);
	device_process(worker->workers->session, &worker->device, len);
	in_flight_end(&worker->in_flight);
	quiet_sync_note(opcode);
	if (lkl_waits() != waits && has_request(worker))
		wake_watcher(worker->workers);
}

static long wait_for_request(struct worker *worker)
{
	struct workers *workers = worker->workers;
	long n;

	atomic_fetch_add(&workers->waiting, 1);
	/* With rings, only forgets come here. */
	if (workers->polls && !device_has_rings())
		short_polling_begin(&worker->polling, worker->device.fd);
	n = device_read(&worker->device);
	short_polling_end(&worker->polling);
	atomic_fetch_add(&workers->requests_read, 1);
	atomic_fetch_sub(&workers->waiting, 1);
	/* Forgets need no second worker. */
	if (!device_has_rings() && atomic_load(&workers->watcher_sleeps)) {
		pthread_mutex_lock(&workers->lock);
		pthread_cond_signal(&workers->watcher);
		pthread_mutex_unlock(&workers->lock);
	}
	return n;
}

/*
 * With rings, the worker would be woken for each inode that the host forgets,
 * since no other requests keep it busy.  While it sleeps, the host collects
 * forgets for one request.
 */
#define FORGET_PAUSE_NS	500000

static void pause_for_forgets(void)
{
	const struct timespec pause = { .tv_nsec = FORGET_PAUSE_NS };

	if (device_has_rings())
		nanosleep(&pause, NULL);
}

static void *worker_thread(void *arg)
{
	struct worker *worker = arg;
	struct workers *workers = worker->workers;
	bool parks = worker != &workers->worker[0];	/* one begins */
	long n;
	int ret;

	/* See workers_start(). */
	pthread_mutex_lock(&workers->lock);
	pthread_mutex_unlock(&workers->lock);
	device_self = &worker->device;
	ret = identity_init();
	if (ret < 0)
		report_done(workers, ret);
	while (!ret && !atomic_load(&workers->stop)) {
		atomic_store_explicit(&worker->busy, false,
				      memory_order_release);
		if (parks || (atomic_load(&workers->waiting) &&
			      !has_request(worker))) {
			parks = false;
			device_put_kernel_buffers(&worker->device);
			park_worker(workers);
			if (atomic_load(&workers->stop))
				break;
		}
		device_get_kernel_buffers(&worker->device);
		n = wait_for_request(worker);
		atomic_store_explicit(&worker->busy, true,
				      memory_order_release);
		if (n > 0) {
			process_request(worker, (size_t)n);
			log_kernel_errors();
			atomic_store_explicit(&worker->busy, false,
					      memory_order_release);
			pause_for_forgets();
		} else if (n < 0 && n != -EINTR) {
			/* -ENODEV: the host has unmounted the file system. */
			report_done(workers, n == -ENODEV ? 0 : (int)n);
			break;
		}
	}
	device_put_kernel_buffers(&worker->device);
	device_self = NULL;
	atomic_store(&worker->ended, true);
	return NULL;
}

int workers_prepare(struct fuse_session *session, unsigned int n,
		    struct rings *rings, struct workers **ret_workers,
		    struct lkl_error *err)
{
	struct workers *workers;
	pthread_condattr_t attr;
	cpu_set_t cpus;
	unsigned int i;
	int ret;

	workers = calloc(1, sizeof(*workers) + n * sizeof(workers->worker[0]));
	if (!workers)
		return error_no_memory(err);
	pthread_mutex_init(&workers->lock, NULL);
	pthread_cond_init(&workers->parked, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&workers->watcher, &attr);
	pthread_condattr_destroy(&attr);
	workers->session = session;
	workers->polls = !sched_getaffinity(0, sizeof(cpus), &cpus) &&
		CPU_COUNT(&cpus) > 1;
	for (i = 0; i < n; i++) {
		workers->worker[i].workers = workers;
		ret = device_open(session, &workers->worker[i].device, i > 0,
				  err);
		if (ret < 0) {
			workers_free(workers);
			return ret;
		}
		workers->n++;
	}
	workers->rings = rings;
	*ret_workers = workers;
	return 0;
}

static void ignore_wake_signal(int signal)
{
	(void)signal;
}

static struct workers *workers_of_rings;

/* In a thread of a ring that broke: the requests in it are lost. */
static void rings_failed(int error)
{
	report_done(workers_of_rings, error);
}

static void start_rings(struct workers *workers, struct lkl_error *err)
{
	if (rings_start(workers->rings, rings_failed, err) < 0) {
		log_verbose("%s", err->text);
		rings_stop(workers->rings);
	} else {
		device_use_rings(workers->rings);
	}
}

int workers_start(struct workers *workers, void (*done)(int error),
		  struct lkl_error *err)
{
	struct sigaction action = { .sa_handler = ignore_wake_signal };
	sigset_t wake;
	unsigned int i;
	int ret = 0;

	workers->done = done;
	workers_of_rings = workers;
	sigaction(WAKE_SIGNAL, &action, NULL);
	sigemptyset(&wake);
	sigaddset(&wake, WAKE_SIGNAL);
	pthread_sigmask(SIG_UNBLOCK, &wake, NULL);
	if (interrupts_start(err) < 0)
		log_verbose("%s", err->text);
	/*
	 * The workers wait for this lock: nobody answers FUSE_INIT before it is
	 * known whether all of them run, and the threads of the rings.
	 */
	pthread_mutex_lock(&workers->lock);
	for (i = 0; i < workers->n && !ret; i++) {
		workers->worker[i].in_flight.fd = workers->worker[i].device.fd;
		interrupts_watch(&workers->worker[i].in_flight);
		ret = pthread_create(&workers->worker[i].thread, NULL,
				     worker_thread, &workers->worker[i]);
		workers->worker[i].started = !ret;
	}
	if (ret) {
		atomic_store(&workers->stop, true);
	} else {
		if (workers->rings)
			start_rings(workers, err);
		device_make_kernel_buffers(workers->n);
	}
	pthread_mutex_unlock(&workers->lock);
	if (ret)
		return error_set(err, -ret, "cannot start a thread: %s",
				 strerror(ret));
	return 0;
}

static bool no_request_pending(struct workers *workers)
{
	unsigned int i;

	for (i = 0; i < workers->n; i++)
		if (atomic_load(&workers->worker[i].busy) &&
		    !atomic_load(&workers->worker[i].ended))
			return false;
	if (workers->rings && !rings_are_idle(workers->rings))
		return false;
	return !has_request(&workers->worker[0]);
}

/* A worker marks itself busy less than a millisecond after it has read. */
#define QUIET_MS	5
#define DRAIN_MS	30000

void workers_drain(struct workers *workers)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	unsigned int quiet = 0, i;

	device_refuse_new_requests();
	for (i = 0; i < DRAIN_MS && quiet < QUIET_MS; i++) {
		quiet = no_request_pending(workers) ? quiet + 1 : 0;
		nanosleep(&pause, NULL);
	}
}

void workers_stop(struct workers *workers)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	unsigned int i;

	if (workers->rings)
		rings_stop(workers->rings);
	interrupts_stop();
	atomic_store(&workers->stop, true);
	pthread_mutex_lock(&workers->lock);
	pthread_cond_broadcast(&workers->parked);
	pthread_cond_signal(&workers->watcher);
	pthread_mutex_unlock(&workers->lock);
	for (i = 0; i < workers->n; i++) {
		struct worker *worker = &workers->worker[i];

		if (!worker->started)
			continue;
		/*
		 * A signal that comes just before the read is lost: repeat it.
		 */
		while (!atomic_load(&worker->ended)) {
			pthread_kill(worker->thread, WAKE_SIGNAL);
			nanosleep(&pause, NULL);
		}
		pthread_join(worker->thread, NULL);
		worker->started = false;
	}
}

void workers_free(struct workers *workers)
{
	unsigned int i;

	rings_free(workers->rings);
	for (i = 0; i < workers->n; i++)
		device_close(&workers->worker[i].device);
	pthread_cond_destroy(&workers->watcher);
	pthread_cond_destroy(&workers->parked);
	pthread_mutex_destroy(&workers->lock);
	free(workers);
}

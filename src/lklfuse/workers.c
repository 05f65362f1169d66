// SPDX-License-Identifier: GPL-2.0-only
/*
 * workers.c - the threads that answer requests.
 *
 * The kernel inside does one thing at a time, and passing it from one host
 * thread to another costs more than most requests do.  So one worker waits
 * for requests and answers them, while the others are parked: a worker that
 * finds somebody else waiting when it is done parks, too.  One of the parked
 * ones watches: if for a moment nobody has waited and nothing was begun, the
 * others wait for the disk, and it joins them.  So it does at once when one of
 * them had to wait for the disk and then finds requests that nobody took
 * meanwhile.  When nothing is asked for, it sleeps.
 */
#include "workers.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/error.h"
#include "device.h"
#include "identity.h"
#include "log.h"

/* Interrupts a worker that waits for a request. */
#define WAKE_SIGNAL SIGUSR1

struct worker {
	struct workers *workers;
	struct device device;
	pthread_t thread;
	bool started;
	atomic_bool busy;	/* not waiting for a request */
	atomic_bool ended;
};

/* How often the watcher looks, and after how many idle looks it sleeps. */
#define WATCH_NS	1000000
#define IDLE_LOOKS	16

struct workers {
	/* The watcher publishes that it sleeps and then looks at the count;
	 * workers count and then look whether it sleeps. */
	atomic_uint waiting;	/* workers that wait for a request */
	atomic_uint begun;	/* requests, ever */
	atomic_bool watcher_sleeps;
	pthread_mutex_t lock;	/* protects the rest of this part */
	bool watched;		/* a parked worker is the watcher */
	bool wanted;		/* the watcher, to work */
	pthread_cond_t parked;	/* it is not, or all are to stop */
	pthread_cond_t watcher;
	struct fuse_session *session;
	void (*done)(int error);
	atomic_flag told;	/* done() was called */
	atomic_bool stop;
	unsigned int n;
	struct worker worker[];
};

static void tell_done(struct workers *workers, int error)
{
	if (!atomic_flag_test_and_set(&workers->told))
		workers->done(error);
}

/* Until one more is needed to wait for requests; the lock is held. */
static void watch(struct workers *workers)
{
	unsigned int looks = 0, seen;
	struct timespec until;

	while (!atomic_load(&workers->stop) && !workers->wanted) {
		seen = atomic_load(&workers->begun);
		if (looks >= IDLE_LOOKS) {
			atomic_store(&workers->watcher_sleeps, true);
			if (atomic_load(&workers->begun) == seen)
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
		if (atomic_load(&workers->begun) != seen)
			looks = 0;
		else if (atomic_load(&workers->waiting))
			looks++;
		else
			break;
	}
	workers->wanted = false;
}

static void park(struct workers *workers)
{
	pthread_mutex_lock(&workers->lock);
	while (workers->watched && !atomic_load(&workers->stop))
		pthread_cond_wait(&workers->parked, &workers->lock);
	if (!atomic_load(&workers->stop)) {
		workers->watched = true;
		watch(workers);
		workers->watched = false;
		pthread_cond_signal(&workers->parked);
	}
	pthread_mutex_unlock(&workers->lock);
}

static bool has_request(const struct worker *me)
{
	struct pollfd pollfd = { .fd = me->device.fd, .events = POLLIN };

	return poll(&pollfd, 1, 0) > 0 && !(pollfd.revents & POLLERR);
}

/* The kernel inside could have done more while @me waited for the disk. */
static void call_watcher(struct workers *workers)
{
	pthread_mutex_lock(&workers->lock);
	if (workers->watched) {
		workers->wanted = true;
		pthread_cond_signal(&workers->watcher);
	}
	pthread_mutex_unlock(&workers->lock);
}

static void answer_request(struct worker *me, size_t len)
{
	unsigned int waits = lkl_waits();

	device_process(me->workers->session, &me->device, len);
	if (lkl_waits() != waits && has_request(me))
		call_watcher(me->workers);
}

static long wait_for_request(struct worker *me)
{
	struct workers *workers = me->workers;
	long n;

	atomic_fetch_add(&workers->waiting, 1);
	n = device_read(&me->device);
	atomic_fetch_add(&workers->begun, 1);
	atomic_fetch_sub(&workers->waiting, 1);
	if (atomic_load(&workers->watcher_sleeps)) {
		pthread_mutex_lock(&workers->lock);
		pthread_cond_signal(&workers->watcher);
		pthread_mutex_unlock(&workers->lock);
	}
	return n;
}

static void *work(void *arg)
{
	struct worker *me = arg;
	struct workers *workers = me->workers;
	long n;
	int ret;

	device_self = &me->device;
	device_borrow(&me->device);
	ret = identity_init();
	if (ret < 0)
		tell_done(workers, ret);
	while (!ret && !atomic_load(&workers->stop)) {
		atomic_store_explicit(&me->busy, false, memory_order_release);
		if (atomic_load(&workers->waiting) && !has_request(me)) {
			park(workers);
			if (atomic_load(&workers->stop))
				break;
		}
		n = wait_for_request(me);
		atomic_store_explicit(&me->busy, true, memory_order_release);
		if (n > 0) {
			answer_request(me, (size_t)n);
			log_kernel_news();
		} else if (n < 0 && n != -EINTR) {
			/* Unmounted, which is as it should be. */
			tell_done(workers, n == -ENODEV ? 0 : (int)n);
			break;
		}
	}
	device_return(&me->device);
	device_self = NULL;
	atomic_store(&me->ended, true);
	return NULL;
}

int workers_prepare(struct fuse_session *session, unsigned int n,
		    struct workers **ret_workers, struct lkl_error *err)
{
	struct workers *workers;
	pthread_condattr_t attr;
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
	*ret_workers = workers;
	return 0;
}

static void woken(int signal)
{
	(void)signal;
}

int workers_start(struct workers *workers, void (*done)(int error),
		  struct lkl_error *err)
{
	struct sigaction action = { .sa_handler = woken };
	sigset_t wake;
	unsigned int i;
	int ret = 0;

	workers->done = done;
	sigaction(WAKE_SIGNAL, &action, NULL);
	sigemptyset(&wake);
	sigaddset(&wake, WAKE_SIGNAL);
	pthread_sigmask(SIG_UNBLOCK, &wake, NULL);
	for (i = 0; i < workers->n && !ret; i++) {
		ret = pthread_create(&workers->worker[i].thread, NULL, work,
				     &workers->worker[i]);
		workers->worker[i].started = !ret;
	}
	if (ret)
		return error_set(err, -ret, "cannot start a thread: %s",
				 strerror(ret));
	return 0;
}

static bool is_quiet(struct workers *workers)
{
	unsigned int i;

	for (i = 0; i < workers->n; i++)
		if (atomic_load(&workers->worker[i].busy) &&
		    !atomic_load(&workers->worker[i].ended))
			return false;
	return !has_request(&workers->worker[0]);
}

/* A request that was taken, but not marked yet, takes no millisecond. */
#define QUIET_MS	5
#define DRAIN_MS	30000

void workers_drain(struct workers *workers)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	unsigned int quiet = 0, i;

	device_begin_closing();
	for (i = 0; i < DRAIN_MS && quiet < QUIET_MS; i++) {
		quiet = is_quiet(workers) ? quiet + 1 : 0;
		nanosleep(&pause, NULL);
	}
}

void workers_stop(struct workers *workers)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	unsigned int i;

	atomic_store(&workers->stop, true);
	pthread_mutex_lock(&workers->lock);
	pthread_cond_broadcast(&workers->parked);
	pthread_cond_signal(&workers->watcher);
	pthread_mutex_unlock(&workers->lock);
	for (i = 0; i < workers->n; i++) {
		struct worker *worker = &workers->worker[i];

		if (!worker->started)
			continue;
		/* It may be about to wait just when it is woken. */
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

	for (i = 0; i < workers->n; i++)
		device_close(&workers->worker[i].device);
	pthread_cond_destroy(&workers->watcher);
	pthread_cond_destroy(&workers->parked);
	pthread_mutex_destroy(&workers->lock);
	free(workers);
}

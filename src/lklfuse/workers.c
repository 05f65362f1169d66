// SPDX-License-Identifier: GPL-2.0-only
/*
 * workers.c - the threads that answer requests.
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

#include "../error.h"
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

struct workers {
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

static void *work(void *arg)
{
	struct worker *me = arg;
	struct workers *workers = me->workers;
	long n;
	int ret;

	device_self = &me->device;
	ret = identity_init();
	if (ret < 0)
		tell_done(workers, ret);
	while (!ret && !atomic_load(&workers->stop)) {
		atomic_store_explicit(&me->busy, false, memory_order_release);
		n = device_read(&me->device);
		atomic_store_explicit(&me->busy, true, memory_order_release);
		if (n > 0) {
			device_process(workers->session, &me->device,
				       (size_t)n);
			log_kernel_news();
		} else if (n < 0 && n != -EINTR) {
			/* Unmounted, which is as it should be. */
			tell_done(workers, n == -ENODEV ? 0 : (int)n);
			break;
		}
	}
	device_self = NULL;
	atomic_store(&me->ended, true);
	return NULL;
}

int workers_prepare(struct fuse_session *session, unsigned int n,
		    struct workers **ret_workers, struct lkl_error *err)
{
	struct workers *workers;
	unsigned int i;
	int ret;

	workers = calloc(1, sizeof(*workers) + n * sizeof(workers->worker[0]));
	if (!workers)
		return error_no_memory(err);
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
	struct pollfd pollfd = {
		.fd = workers->worker[0].device.fd,
		.events = POLLIN,
	};
	unsigned int i;

	for (i = 0; i < workers->n; i++)
		if (atomic_load(&workers->worker[i].busy) &&
		    !atomic_load(&workers->worker[i].ended))
			return false;
	return poll(&pollfd, 1, 0) == 0 || (pollfd.revents & POLLERR);
}

/* A request that was taken, but not marked yet, takes no millisecond. */
#define QUIET_MS	5
#define DRAIN_MS	30000

void workers_drain(struct workers *workers)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	unsigned int quiet = 0, i;

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
	free(workers);
}

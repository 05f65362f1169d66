// SPDX-License-Identifier: GPL-2.0-only
/*
 * watchdog.c - notices that the kernel inside makes no progress.
 *
 * The thread sleeps for seconds at a time, so that an idle mount stays idle.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE			/* sem_clockwait */
#endif
#include "watchdog.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/cli/quote.h"
#include "common/cli/report.h"
#include "common/error.h"
#include "common/monotonic.h"
#include "common/quiet-thread.h"

/* Milliseconds. */
#define LOOK_EACH	10000
#define LOOK_EACH_SOON	250		/* after a signal */
#define WARN_AFTER	60000
#define GIVE_UP_AFTER	5000		/* without progress */
#define SAME_SIGNAL	1000

static const struct watchdog *watchdog;
static pthread_t thread;
static bool started;
static sem_t wake;
static atomic_bool stop;
static volatile sig_atomic_t signals, first_signal;

/* What the thread knows of the kernel's progress.  Times in ms. */
struct watched {
	unsigned long progress;
	int64_t since;			/* it is unchanged */
	bool warned;
	enum lkl_busy busy;
};

/* Until woken, or for some milliseconds. */
static void sleep_ms(int64_t ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	sem_clockwait(&wake, CLOCK_MONOTONIC, &until);
}

/* For how long the kernel has been busy and made no progress. */
static int64_t stalled_ms(struct watched *watched)
{
	int64_t now = monotonic_ms();
	unsigned long progress;
	int busy;

	progress = lkl_progress(&busy);
	watched->busy = (enum lkl_busy)busy;
	if (busy && progress == watched->progress)
		return now - watched->since;
	watched->progress = progress;
	watched->since = now;
	watched->warned = false;
	return 0;
}

/* Whether the kernel loops, or waits in vain.  A disk may take its time. */
static bool is_stuck(const struct watched *watched, int64_t stalled)
{
	return stalled >= GIVE_UP_AFTER && watched->busy != LKL_BUSY_DISK;
}

static void warn(struct watched *watched, int64_t ms)
{
	struct lkl_error what = { "" };
	char text[sizeof(what.text) + 256];

	watched->warned = true;
	lkl_log_busy(&what);
	snprintf(text, sizeof(text),
		 "%s: the kernel inside has made no progress for %d seconds: %s",
		 quote_name(watchdog->image), (int)(ms / 1000), what.text);
	if (watchdog->warn)
		watchdog->warn(text);
	else
		report_warning("%s", text);
}

static void __attribute__((noreturn)) give_up(const char *why)
{
	int signal_number = first_signal;
	char text[512];
	sigset_t set;

	snprintf(text, sizeof(text),
		 "%s: interrupted, %s; the image is as after a power cut",
		 quote_name(watchdog->image), why);
	if (watchdog->give_up)
		watchdog->give_up(text);
	else
		report_error("%s", text);
	signal(signal_number, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, signal_number);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	raise(signal_number);
	_exit(EXIT_FAILURE);
}

static void *watch(void *arg)
{
	struct watched watched = { .since = monotonic_ms() };
	int64_t interrupted = 0, stalled;

	(void)arg;
	while (!atomic_load(&stop)) {
		sleep_ms(interrupted ? LOOK_EACH_SOON : LOOK_EACH);
		stalled = stalled_ms(&watched);
		if (stalled >= WARN_AFTER && !watched.warned)
			warn(&watched, stalled);
		if (!signals || atomic_load(&stop))
			continue;
		if (!interrupted) {
			/* What came before the signal does not count. */
			interrupted = watched.since = monotonic_ms();
			signals = 1;
		} else if (monotonic_ms() - interrupted < SAME_SIGNAL) {
			signals = 1;
		} else if (signals > 1) {
			give_up("for the second time");
		} else if (is_stuck(&watched, stalled)) {
			give_up("and the kernel inside does not respond");
		}
	}
	return NULL;
}

void watchdog_set(const struct watchdog *new)
{
	watchdog = new;
}

int watchdog_start(struct lkl_error *err)
{
	int ret;

	if (!watchdog || started)
		return 0;
	atomic_store(&stop, false);
	sem_init(&wake, 0, 0);
	ret = quiet_thread_create(&thread, watch, NULL);
	if (ret < 0)
		return error_set(err, ret, "cannot start a thread: %s",
				 strerror(-ret));
	started = true;
	return 0;
}

void watchdog_stop(void)
{
	if (!started)
		return;
	atomic_store(&stop, true);
	sem_post(&wake);
	pthread_join(thread, NULL);
	started = false;
}

void watchdog_interrupt(int signal)
{
	int saved_errno = errno;

	if (!first_signal)
		first_signal = signal;
	signals++;
	if (started)
		sem_post(&wake);
	errno = saved_errno;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * short-polling.c - tests when lklfuse looks for the next request before it
 * sleeps, on a clock that stands still between calls.
 */
#include <poll.h>
#include <stdint.h>
#include <time.h>

#include "unit.h"

static int fake_clock(clockid_t clock, struct timespec *ret_now);
static int fake_poll(struct pollfd *fds, nfds_t count, int timeout);

#define clock_gettime	fake_clock
#define poll		fake_poll
#include "lklfuse/short-polling.c"

static int64_t now = 1;		/* in ns */
static int64_t readable_at;	/* when the next request comes */
static int64_t look_takes;	/* each poll() does */
static unsigned int looks;

static int fake_clock(clockid_t clock, struct timespec *ret_now)
{
	(void)clock;
	ret_now->tv_sec = now / 1000000000;
	ret_now->tv_nsec = now % 1000000000;
	return 0;
}

static int fake_poll(struct pollfd *fds, nfds_t count, int timeout)
{
	(void)fds;
	CHECK_EQ(count, 1);
	CHECK_EQ(timeout, 0);
	looks++;
	now += look_takes;
	return now >= readable_at;
}

/* The thread waits for a request that comes in @ns; returns the looks. */
static unsigned int wait_for(struct short_polling *polling, int64_t ns)
{
	looks = 0;
	readable_at = now + ns;
	short_polling_begin(polling, 0);
	if (now < readable_at)
		now = readable_at;
	short_polling_end(polling);
	return looks;
}

static void learn(struct short_polling *polling)
{
	int i;

	look_takes = 500;
	for (i = 0; i < SHORT_SLEEPS; i++)
		CHECK_EQ(wait_for(polling, 20000), 0);
}

static void test_begins_after_short_sleeps(void)
{
	struct short_polling polling = { 0 };
	int i;

	learn(&polling);
	for (i = 0; i < 1000; i++)
		CHECK_EQ(wait_for(&polling, 20000), 40);
	/* At once: one look. */
	CHECK_EQ(wait_for(&polling, 0), 1);
}

static void test_not_after_long_sleeps(void)
{
	struct short_polling polling = { 0 };
	int i;

	look_takes = 500;
	for (i = 0; i < 1000; i++)
		CHECK_EQ(wait_for(&polling, i % 4 ? 20000 : 1000000), 0);
}

static void test_is_bounded(void)
{
	struct short_polling polling = { 0 };
	int64_t before;

	learn(&polling);
	before = now;
	readable_at = INT64_MAX;
	short_polling_begin(&polling, 0);
	CHECK(now - before >= 50000 && now - before <= 51000);
	/* It goes to sleep, for as long as it takes. */
	now += INT64_C(3600000000000);
	short_polling_end(&polling);
	CHECK_EQ(wait_for(&polling, 20000), 0);
}

/* Requests that come just too late: next to no time goes into polls. */
static void test_gives_up(void)
{
	struct short_polling polling = { 0 };
	unsigned int i, polls = 0;

	learn(&polling);
	for (i = 0; i < 100000; i++)
		polls += wait_for(&polling, 60000) > 0;
	CHECK(polls > 3 && polls < 40);
	/* And back when they are in time again. */
	for (i = 0; i < PAUSE_MAX + 2 * SHORT_SLEEPS; i++)
		wait_for(&polling, 20000);
	CHECK_EQ(wait_for(&polling, 20000), 40);
}

/* Other work on the processor makes a look take long. */
static void test_busy_processor(void)
{
	struct short_polling polling = { 0 };
	unsigned int i, polls = 0;

	learn(&polling);
	look_takes = 30000;
	for (i = 0; i < 100000; i++)
		polls += wait_for(&polling, 20000) > 0;
	CHECK(polls > 3 && polls < 40);
}

int main(void)
{
	RUN(test_begins_after_short_sleeps);
	RUN(test_not_after_long_sleeps);
	RUN(test_is_bounded);
	RUN(test_gives_up);
	RUN(test_busy_processor);
	return unit_exit();
}

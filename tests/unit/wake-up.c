// SPDX-License-Identifier: GPL-2.0-only
/*
 * wake-up.c - tests how lklfuse measures the time to wake a thread, on a clock that
 * says what the test wants.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <time.h>

#include "unit.h"

static int fake_clock(clockid_t clock, struct timespec *ret_now);
static int fake_eventfd(unsigned int count, int flags);

#define clock_gettime	fake_clock
#define eventfd		fake_eventfd
#include "lklfuse/wake-up.c"
#undef clock_gettime
#undef eventfd

static bool real;		/* the host's clock */
static int64_t now;		/* in ns */
static int64_t step;		/* from one look at the clock to the next */
static int64_t late_step;	/* the same, for every other look */
static unsigned int looks;
static int eventfds_left;

static int fake_clock(clockid_t clock, struct timespec *ret_now)
{
	if (real)
		return clock_gettime(clock, ret_now);
	now += ++looks % 2 ? step : late_step;
	ret_now->tv_sec = now / 1000000000;
	ret_now->tv_nsec = now % 1000000000;
	return 0;
}

static int fake_eventfd(unsigned int count, int flags)
{
	if (eventfds_left-- > 0)
		return eventfd(count, flags);
	errno = EMFILE;
	return -1;
}

static int64_t measured(int64_t usual, int64_t late)
{
	step = usual;
	late_step = late;
	looks = 0;
	eventfds_left = 2;
	return wake_up_ns();
}

static void a_round_is_two_wake_ups(void)
{
	CHECK_EQ(measured(44000, 44000), 22000);
	CHECK_EQ(measured(3000, 3000), 1500);
}

static void late_wake_ups_do_not_count(void)
{
	CHECK_EQ(measured(10000, 200000), 5000);
}

static void a_busy_host_is_not_measured_for_long(void)
{
	CHECK_EQ(measured(3000000, 3000000), 0);
	CHECK(looks <= 3);
}

static void without_descriptors_it_is_not_known(void)
{
	int left;

	for (left = 0; left < 2; left++) {
		eventfds_left = left;
		CHECK_EQ(wake_up_ns(), 0);
	}
}

static void the_clock_of_the_host_shows_a_time(void)
{
	int64_t ns = 0;
	int i;

	real = true;
	/* This host may be too busy. */
	for (i = 0; i < 100 && !ns; i++)
		ns = measured(0, 0);
	real = false;
	printf("# this host takes %lld ns\n", (long long)ns);
	CHECK(ns > 0);
}

int main(void)
{
	RUN(a_round_is_two_wake_ups);
	RUN(late_wake_ups_do_not_count);
	RUN(a_busy_host_is_not_measured_for_long);
	RUN(without_descriptors_it_is_not_known);
	RUN(the_clock_of_the_host_shows_a_time);
	return unit_exit();
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * wake-up.c - tests how lklfuse measures the time to wake another processor, on
 * a clock that says what the test wants.
 */
#define _GNU_SOURCE 1

#include <sched.h>
#include <stdint.h>
#include <time.h>

#include "unit.h"

static int fake_clock(clockid_t clock, struct timespec *ret_now);

#define clock_gettime	fake_clock
#include "lklfuse/wake-up.c"
#undef clock_gettime

static bool real;		/* the host's clock */
static int64_t now;		/* in ns */
static int64_t step;		/* from one look at the clock to the next */
static int64_t late_step;	/* the same, for every third look */
static unsigned int looks;

static int fake_clock(clockid_t clock, struct timespec *ret_now)
{
	if (real)
		return clock_gettime(clock, ret_now);
	now += ++looks % 3 ? step : late_step;
	ret_now->tv_sec = now / 1000000000;
	ret_now->tv_nsec = now % 1000000000;
	return 0;
}

static int64_t measured(int64_t usual, int64_t late)
{
	cpu_set_t cpus;

	step = usual;
	late_step = late;
	looks = 0;
	REQUIRE(!sched_getaffinity(0, sizeof(cpus), &cpus));
	return wake_up_ns(&cpus);
}

static bool has_two_processors(void)
{
	cpu_set_t cpus;

	REQUIRE(!sched_getaffinity(0, sizeof(cpus), &cpus));
	return CPU_COUNT(&cpus) > 1;
}

static void a_round_trip_is_two_wake_ups(void)
{
	CHECK_EQ(measured(44000, 44000), 22000);
	CHECK_EQ(measured(3000, 3000), 1500);
}

static void some_late_wake_ups_do_not_count(void)
{
	CHECK_EQ(measured(10000, 900000), 5000);
}

static void a_busy_machine_is_not_measured_for_long(void)
{
	CHECK_EQ(measured(3000000, 3000000), 1500000);
	CHECK(looks <= 3);
}

static void one_processor_wakes_no_other(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CHECK_EQ(wake_up_ns(&cpus), 0);
	CPU_SET(0, &cpus);
	CHECK_EQ(wake_up_ns(&cpus), 0);
}

static void processors_that_are_forbidden_end_it(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(CPU_SETSIZE - 2, &cpus);
	CPU_SET(CPU_SETSIZE - 1, &cpus);
	CHECK_EQ(wake_up_ns(&cpus), 0);
}

static void the_clock_of_the_host_shows_a_time(void)
{
	int64_t ns;

	real = true;
	ns = measured(0, 0);
	real = false;
	printf("# this machine takes %.1f us\n", (double)ns / 1e3);
	CHECK(ns > 0);
}

int main(void)
{
	RUN(one_processor_wakes_no_other);
	RUN(processors_that_are_forbidden_end_it);
	if (has_two_processors()) {
		RUN(a_round_trip_is_two_wake_ups);
		RUN(some_late_wake_ups_do_not_count);
		RUN(a_busy_machine_is_not_measured_for_long);
		RUN(the_clock_of_the_host_shows_a_time);
	}
	return unit_exit();
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * spin.c - tests for how long threads of the library spin before they sleep, on
 * a clock of their own.
 */
#include <stdint.h>
#include <time.h>

#include "unit.h"

static int fake_clock(clockid_t clock, struct timespec *ret_now);

#define clock_gettime	fake_clock
#include "../../lkl/host/spin.h"

static int64_t now = 1;		/* in ns */

static int fake_clock(clockid_t clock, struct timespec *ret_now)
{
	(void)clock;
	ret_now->tv_sec = now / 1000000000;
	ret_now->tv_nsec = now % 1000000000;
	return 0;
}

/* Wait for something that comes in @ns; returns the time that is spun. */
static int64_t wait_for(struct spin *spin, int64_t ns)
{
	int64_t begun = now;

	if (!spin_begin(spin))
		return 0;
	for (; now < begun + ns; now += 100)
		if (!spin_goes_on(spin))
			return now - begun;
	spin_succeeded(spin);
	return now - begun;
}

static void test_short_waits(void)
{
	struct spin spin = { 0 };
	int i;

	for (i = 0; i < 1000; i++)
		CHECK_EQ(wait_for(&spin, 5000), 5000);
}

static void test_spinning_in_vain(void)
{
	struct spin spin = { 0 };
	int64_t spun = 0;
	int i;

	CHECK_EQ(wait_for(&spin, INT64_C(1000000000)), 20000);
	for (i = 0; i < SPIN_PAUSE_MIN; i++)
		CHECK_EQ(wait_for(&spin, 5000), 0);
	for (i = 0; i < 100000; i++)
		spun += wait_for(&spin, 30000);
	/* A small part of the time that was waited. */
	CHECK(spun > 20000 && spun < INT64_C(30000) * 100000 / 500);
	/* And back. */
	for (i = 0; i <= SPIN_PAUSE_MAX; i++)
		wait_for(&spin, 5000);
	for (i = 0; i < 1000; i++)
		CHECK_EQ(wait_for(&spin, 5000), 5000);
}

int main(void)
{
	RUN(test_short_waits);
	RUN(test_spinning_in_vain);
	return unit_exit();
}

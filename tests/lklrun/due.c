// SPDX-License-Identifier: GPL-2.0-only
/*
 * due.c - a file in memory is written to the image some seconds after the last write, and
 * within a bounded time if writes never stop; large files that never rest take a small
 * part of the time, also if they cannot be written.
 */
#include "lklrun/due.h"

#include "unit/unit.h"

#define CLOCK	1000000		/* seconds */
#define START	50000		/* ms */

static void test_quiet(void)
{
	struct due due = { 0 };

	CHECK(!due_check(&due, false, 1, CLOCK, START));
	CHECK(!due_check(&due, true, CLOCK, CLOCK, START));
	CHECK(!due_check(&due, true, CLOCK, CLOCK + DUE_QUIET_SECONDS, START + 5000));
	CHECK(due_check(&due, true, CLOCK, CLOCK + DUE_QUIET_SECONDS + 1, START + 6000));
	/* A clock that was set back. */
	CHECK(due_check(&due, true, CLOCK, CLOCK - 2, START));
}

/* Write once a second for @seconds; a write-back takes @cost ms.  How many there were. */
static int write_steadily(struct due *due, int seconds, int64_t cost, int *ret_longest)
{
	int i, n = 0, last = 0;

	*ret_longest = 0;
	for (i = 0; i < seconds; i++) {
		int64_t now = START + i * 1000;

		if (due_check(due, true, CLOCK + i, CLOCK + i, now)) {
			due_written_back(due, now, now + cost);
			n++;
			last = i;
		}
		if (i - last > *ret_longest)
			*ret_longest = i - last;
	}
	return n;
}

static void test_steady(void)
{
	struct due due = { 0 };
	int longest, n;

	/* 35 s more until the kernel inside has written it: less than a minute. */
	n = write_steadily(&due, 600, 2, &longest);
	CHECK(n >= 30);
	CHECK(longest <= 20);
	/* Of a large file: at most a twentieth of the time, and it is not forgotten. */
	due = (struct due){ 0 };
	n = write_steadily(&due, 3600, 5000, &longest);
	CHECK(n > 10);
	CHECK(n * 5 <= 3600 / 20 + 5);
}

/* What was clean in between begins again. */
static void test_clean_between(void)
{
	struct due due = { 0 };

	CHECK(!due_check(&due, true, CLOCK, CLOCK, START));
	CHECK(!due_check(&due, false, 1, CLOCK, START + DUE_STEADY_MS - 1000));
	CHECK(!due_check(&due, true, CLOCK, CLOCK, START + DUE_STEADY_MS));
	due_written_back(&due, START + DUE_STEADY_MS, START + DUE_STEADY_MS);
	CHECK(!due_check(&due, true, CLOCK, CLOCK, START + 2 * DUE_STEADY_MS));
	CHECK(due_check(&due, true, CLOCK, CLOCK, START + 3 * DUE_STEADY_MS));
}

/* Look once a second; returns the second in which the file is due, or 1000. */
static int wait_until_due(struct due *due, bool writes_on, bool mapped, int64_t from_ms)
{
	int i;

	for (i = 0; i < 1000; i++)
		if (mapped ? due_check_mapped(due, from_ms + i * 1000) :
		    due_check(due, true, writes_on ? CLOCK + i : 1, CLOCK + i,
			      from_ms + i * 1000))
			return i;
	return i;
}

/*
 * The image is full.  The failure leaves a time of modification that is long ago, as
 * nobody writes, or the program writes on.
 */
static void test_failed(void)
{
	const int64_t failed = START + 1000000;
	struct due due;
	int writes_on, mapped, i;

	for (writes_on = 0; writes_on < 2; writes_on++) {
		for (mapped = 0; mapped < 2; mapped++) {
			/* Never written before. */
			due = (struct due){ 0 };
			for (i = 0; i < 3; i++) {
				due_failed(&due, failed, failed + 1);
				CHECK_EQ(wait_until_due(&due, writes_on, mapped,
							failed + 1), 15);
			}
			/* A write-back of it takes 5 s, but fails early. */
			due_written_back(&due, START, START + 5000);
			for (i = 0; i < 3; i++) {
				due_failed(&due, failed, failed + 1);
				CHECK_EQ(wait_until_due(&due, writes_on, mapped,
							failed + 1), 100);
			}
			/* A failure may take longer than a success. */
			due_failed(&due, failed, failed + 10000);
			CHECK_EQ(wait_until_due(&due, writes_on, mapped,
						failed + 10000), 200);
			/* Written at last: as any file. */
			due_written_back(&due, failed, failed);
			CHECK_EQ(wait_until_due(&due, writes_on, mapped, failed),
				 !mapped && writes_on ? 15 : 0);
		}
	}
}

int main(void)
{
	RUN(test_quiet);
	RUN(test_steady);
	RUN(test_clean_between);
	RUN(test_failed);
	return unit_exit();
}

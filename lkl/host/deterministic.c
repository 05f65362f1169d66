/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * deterministic.c - virtual time, and random numbers from a seed.
 *
 * Nothing here depends on the host.  The other parts of the mode are where they
 * belong: vcpu.c runs the kernel until nothing is runnable before a call
 * returns, virtio-blk.c completes requests in their order, and memory.c asks
 * for the same addresses each time.
 */
#include <errno.h>
#include <string.h>

#include "blk/error.h"
#include "deterministic.h"
#include "vcpu.h"

/*
 * A look at the clock takes so long.  Delays wait in a loop for the clock, and
 * the scheduler looks at it with each switch.
 */
#define READ_NS		100u

/* The kernel sets no clock later than this: January 2232. */
#define START_TIME_MAX	8277292035000000000ull

/* The thread that drives changes it, others find it after they own the vCPU. */
static struct {
	bool on;
	bool fixed_file_times;
	unsigned long long start;	/* the wall clock at time 0 */
	unsigned long long now;
	unsigned long long call;	/* a call takes so long */
	uint64_t random;		/* the state of the generator */
} mode;

int deterministic_start(const struct lkl_options *options,
			struct lkl_error *err)
{
	bool on = options->flags & LKL_DETERMINISTIC;

	if (!on && (options->flags & LKL_FIXED_FILE_TIMES ||
		    options->start_time || options->call_time || options->seed))
		return lkl_fail(err, -EINVAL,
				"struct lkl_options: LKL_FIXED_FILE_TIMES, start_time, call_time and seed need LKL_DETERMINISTIC");
	if (options->start_time > START_TIME_MAX)
		return lkl_fail(err, -EINVAL,
				"start time %llu is later than %llu, the latest that the kernel knows",
				(unsigned long long)options->start_time,
				START_TIME_MAX);
	if (options->call_time > LKL_CALL_TIME_MAX)
		return lkl_fail(err, -EINVAL,
				"call time %llu is more than %llu nanoseconds",
				(unsigned long long)options->call_time,
				LKL_CALL_TIME_MAX);
	mode.on = on;
	mode.fixed_file_times = options->flags & LKL_FIXED_FILE_TIMES;
	mode.start = options->start_time;
	mode.now = 0;
	mode.call = options->call_time ? options->call_time : LKL_CALL_TIME;
	mode.random = options->seed;
	return 0;
}

bool deterministic_is_on(void)
{
	return mode.on;
}

unsigned long long deterministic_time(void)
{
	return mode.now;
}

void deterministic_begin_call(void)
{
	mode.now += mode.call;
}

void deterministic_advance(unsigned long long time)
{
	if (mode.now < time)
		mode.now = time;
}

static unsigned long long read_monotonic(void)
{
	mode.now += READ_NS;
	vcpu_time_passed();
	return mode.now;
}

static unsigned long long read_realtime(void)
{
	return mode.start + read_monotonic();
}

/* The kernel reads this clock for the times of files. */
static unsigned long long read_realtime_coarse(void)
{
	return mode.start + (mode.fixed_file_times ? 0 : mode.now);
}

/* SplitMix64: the kernel hashes these numbers before it uses them. */
static uint64_t next_random(void)
{
	uint64_t x = mode.random += 0x9e3779b97f4a7c15u;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

static int fill_random(void *buf, unsigned long len)
{
	unsigned char *p = buf;
	uint64_t number;
	size_t n;

	for (; len; len -= n, p += n) {
		number = next_random();
		n = len < sizeof(number) ? len : sizeof(number);
		memcpy(p, &number, n);
	}
	return 0;
}

void deterministic_replace_ops(struct lkl_host_ops *ops)
{
	ops->clock_monotonic = read_monotonic;
	ops->clock_realtime = read_realtime;
	ops->clock_realtime_coarse = read_realtime_coarse;
	ops->random = fill_random;
}

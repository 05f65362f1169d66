// SPDX-License-Identifier: GPL-2.0-only
/*
 * clock-jumps.c - the host's wall clock jumps, as it does when the host was
 * suspended or its clock is set: the first call after that already has the
 * new time, in its answer and in the times of files.
 */
#include <sys/syscall.h>

#include "boot.h"

static atomic_long jumped;	/* seconds */

/* In front of libc's: what of the clocks a suspend does not stop is ahead. */
int clock_gettime(clockid_t id, struct timespec *ts)
{
	int ret = (int)syscall(SYS_clock_gettime, id, ts);

	if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE ||
	    id == CLOCK_BOOTTIME)
		ts->tv_sec += atomic_load(&jumped);
	return ret;
}

static double outside(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* @got is a time between @least, which outside() gave before, and now. */
static void check_time(const char *what, double least, double got)
{
	CHECK_THAT(got > least - 0.1 && got < outside() + 0.1,
		   "%s is off by %.3f s", what, got - least);
}

static double inside(int clock)
{
	struct lkl___kernel_timespec ts = { 0 };

	OK(lkl_sys_clock_gettime(clock, &ts));
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double mtime(const char *name)
{
	struct lkl_statx st = { 0 };

	OK(stat_file(name, &st));
	return (double)st.stx_mtime.tv_sec + st.stx_mtime.tv_nsec / 1e9;
}

/* Makes calls without a pause, until the kernel has seen two ticks. */
static void call_until_ticks(void)
{
	double last = inside(LKL_CLOCK_MONOTONIC_COARSE), time, end = now() + 10;
	int ticks = 0;

	while (ticks < 2 && now() < end) {
		time = inside(LKL_CLOCK_MONOTONIC_COARSE);
		ticks += time > last;
		last = time;
	}
	CHECK_THAT(ticks == 2, "no tick in 10 s");
}

/*
 * The kernel idles long enough to stop its tick, or calls follow each other
 * without a pause; these look at the clock at every tick, of 10 ms.  Returns
 * the time after the jump.
 */
static double jump(long seconds, bool idle)
{
	double time;

	if (idle)
		usleep(300000);
	atomic_fetch_add(&jumped, seconds);
	time = outside();
	if (!idle)
		call_until_ticks();
	return time;
}

static void test_jump(long seconds, bool idle)
{
	double before, started, least;
	int fd;

	printf("# %ld s, %s\n", seconds, idle ? "idle" : "busy");
	least = jump(seconds, idle);
	check_time("the wall clock", least, inside(LKL_CLOCK_REALTIME));

	least = jump(seconds, idle);
	fd = (int)MUST(open_file("/file", LKL_O_RDWR | LKL_O_CREAT));
	check_time("a new file", least, mtime("/file"));

	least = jump(seconds, idle);
	IS(lkl_sys_write((unsigned int)fd, "a", 1), 1);
	check_time("a file that was written to", least, mtime("/file"));
	OK(lkl_sys_close((unsigned int)fd));
	OK(remove_file("/file"));

	/* Timers do not see it. */
	before = inside(LKL_CLOCK_MONOTONIC);
	started = now();
	jump(seconds, idle);
	before = inside(LKL_CLOCK_MONOTONIC) - before;
	CHECK_THAT(before >= 0 && before <= now() - started + 0.01,
		   "the monotonic clock jumped by %.3f s", before);
}

int main(void)
{
	static const long jumps[] = { 1, 3600, -7200, 86400 * 30, -86400 };
	unsigned int i;
	double least;

	boot(0);
	least = outside();
	check_time("the wall clock at first", least, inside(LKL_CLOCK_REALTIME));
	for (i = 0; i < sizeof(jumps) / sizeof(*jumps); i++) {
		test_jump(jumps[i], true);
		test_jump(jumps[i], false);
	}
	OK(lkl_halt());
	return check_exit();
}

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

static void check_time(const char *what, double got)
{
	double off = got - outside();

	CHECK_THAT(off > -0.1 && off < 0.1, "%s is off by %.3f s", what, off);
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

/*
 * The kernel idles long enough to stop its tick, or calls follow each other
 * without a pause; these look at the clock at every tick, of 10 ms.
 */
static void jump(long seconds, bool idle)
{
	double end;

	if (idle)
		usleep(300000);
	atomic_fetch_add(&jumped, seconds);
	if (!idle)
		for (end = now() + 0.1; now() < end;)
			OK(lkl_sys_getppid());
}

static void test_jump(long seconds, bool idle)
{
	double before, started;
	int fd;

	printf("# %ld s, %s\n", seconds, idle ? "idle" : "busy");
	jump(seconds, idle);
	check_time("the wall clock", inside(LKL_CLOCK_REALTIME));

	jump(seconds, idle);
	fd = (int)MUST(open_file("/file", LKL_O_RDWR | LKL_O_CREAT));
	check_time("a new file", mtime("/file"));

	jump(seconds, idle);
	IS(lkl_sys_write((unsigned int)fd, "a", 1), 1);
	check_time("a file that was written to", mtime("/file"));
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

	boot(0);
	check_time("the wall clock at first", inside(LKL_CLOCK_REALTIME));
	for (i = 0; i < sizeof(jumps) / sizeof(*jumps); i++) {
		test_jump(jumps[i], true);
		test_jump(jumps[i], false);
	}
	OK(lkl_halt());
	return check_exit();
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * virtual-time.c - the clocks of deterministic mode: calls take a fixed time,
 * waits none of the host's, and every timer fires.
 */
#include <pthread.h>
#include <stdbool.h>

#include "boot.h"

#define START		1000000000000000000ull
#define CALL_TIME	5000000ull	/* 5 ms */
#define SECOND		1000000000ll

static void start(uint64_t flags)
{
	const struct lkl_options options = {
		.size = sizeof(options),
		.log = boot_log,
		.panic = boot_panic,
		.flags = LKL_DETERMINISTIC | flags,
		.start_time = START,
		.call_time = CALL_TIME,
	};
	struct lkl_error err;

	if (lkl_start(&options, &err) < 0) {
		check_fail(__FILE__, __LINE__, "start: %s", err.text);
		exit(1);
	}
}

static long long read_clock(int clock)
{
	struct lkl___kernel_timespec ts = { 0, 0 };

	OK(lkl_sys_clock_gettime(clock, &ts));
	return ts.tv_sec * SECOND + ts.tv_nsec;
}

/* Whether @took is @wanted and a little for looks at the clock. */
static void check_passed(const char *what, long long took, long long wanted)
{
	CHECK_THAT(took >= wanted && took < wanted + 1000000,
		   "%s: %lld ns and not %lld", what, took, wanted);
}

static void test_options(void)
{
	struct lkl_options options = {
		.size = sizeof(options), .start_time = 1,
	};
	struct lkl_error err = { "" };

	IS(lkl_start(&options, &err), -LKL_EINVAL);
	CHECK_THAT(strstr(err.text, "LKL_DETERMINISTIC"), "%s", err.text);
	options.start_time = 0;
	options.seed = 1;
	IS(lkl_start(&options, NULL), -LKL_EINVAL);
	options.seed = 0;
	options.flags = LKL_FIXED_FILE_TIMES;
	IS(lkl_start(&options, NULL), -LKL_EINVAL);
	options.flags = LKL_DETERMINISTIC;
	options.start_time = 9000000000000000000ull;
	IS(lkl_start(&options, &err), -LKL_EINVAL);
	CHECK_THAT(strstr(err.text, "start time 9000000000000000000"), "%s",
		   err.text);
	options.start_time = 0;
	options.call_time = LKL_CALL_TIME_MAX + 1;
	IS(lkl_start(&options, NULL), -LKL_EINVAL);
}

static void test_calls(void)
{
	const struct timespec pause = { .tv_nsec = 20000000 };
	long long mono, real, first, later;
	int i;

	mono = read_clock(LKL_CLOCK_MONOTONIC);
	CHECK_THAT(mono > 0 && mono < SECOND, "the kernel starts at %lld", mono);
	real = read_clock(LKL_CLOCK_REALTIME);
	check_passed("the wall clock", real - (long long)START,
		     mono + (long long)CALL_TIME);
	first = read_clock(LKL_CLOCK_MONOTONIC);
	nanosleep(&pause, NULL);
	for (i = 0; i < 100; i++)
		OK(lkl_sys_getpid());
	check_passed("a hundred calls", read_clock(LKL_CLOCK_MONOTONIC) - first,
		     101 * (long long)CALL_TIME);
	/* Both clocks go alike. */
	later = read_clock(LKL_CLOCK_REALTIME);
	check_passed("the wall clock, later", later - real,
		     read_clock(LKL_CLOCK_MONOTONIC) - mono -
		     2 * (long long)CALL_TIME - 100000);
}

static void sleep_inside(long long ns)
{
	struct lkl___kernel_timespec ts = { ns / SECOND, ns % SECOND };

	OK(lkl_sys_clock_nanosleep(LKL_CLOCK_MONOTONIC, 0, &ts, NULL));
}

static void test_sleeps(void)
{
	const long long day = 86400 * SECOND;
	double before = now(), took;
	long long first;

	first = read_clock(LKL_CLOCK_MONOTONIC);
	sleep_inside(day);
	check_passed("a day", read_clock(LKL_CLOCK_MONOTONIC) - first,
		     day + 2 * (long long)CALL_TIME);
	took = now() - before;
	CHECK_THAT(took < 60, "sleeping a day took %.3f s", took);
}

/* A timer fires while calls pass the time, and while one waits for it. */
static void test_timers(void)
{
	const struct lkl___kernel_itimerspec wanted = {
		.it_value = { .tv_nsec = 200000000 },
	};
	unsigned long long count = 0;
	long long first;
	int fd, i;

	fd = (int)OK(lkl_sys_timerfd_create(LKL_CLOCK_MONOTONIC,
					    LKL_O_NONBLOCK));
	first = read_clock(LKL_CLOCK_MONOTONIC);
	OK(lkl_sys_timerfd_settime(fd, 0, &wanted, NULL));
	IS(lkl_sys_read((unsigned int)fd, (void *)&count, sizeof(count)),
	   -LKL_EAGAIN);
	for (i = 0; i < 40; i++)
		OK(lkl_sys_getpid());
	IS(lkl_sys_read((unsigned int)fd, (void *)&count, sizeof(count)),
	   sizeof(count));
	IS(count, 1);
	OK(lkl_sys_timerfd_settime(fd, 0, &wanted, NULL));
	OK(lkl_sys_fcntl((unsigned int)fd, LKL_F_SETFL, 0));
	first = read_clock(LKL_CLOCK_MONOTONIC);
	IS(lkl_sys_read((unsigned int)fd, (void *)&count, sizeof(count)),
	   sizeof(count));
	CHECK_THAT(read_clock(LKL_CLOCK_MONOTONIC) - first < SECOND,
		   "the timer is late");
	OK(lkl_sys_close((unsigned int)fd));
}

/* ---- Calls that overlap ---- */

static int pipe_fds[2];

static void *read_pipe(void *opaque)
{
	char *byte = opaque;

	IS(lkl_sys_read((unsigned int)pipe_fds[0], byte, 1), 1);
	return NULL;
}

static void *sleep_long(void *opaque)
{
	(void)opaque;
	sleep_inside(1000 * SECOND);
	return NULL;
}

/* A call that waits for a call of another thread keeps nobody from making it. */
static void test_overlap(void)
{
	const struct timespec pause = { .tv_nsec = 20000000 };
	pthread_t reader, sleepers[3];
	char byte = 0;
	int i;

	OK(lkl_sys_pipe2(pipe_fds, 0));
	REQUIRE(!pthread_create(&reader, NULL, read_pipe, &byte));
	/* It may or may not wait by now: both have to work. */
	nanosleep(&pause, NULL);
	for (i = 0; i < 3; i++)
		REQUIRE(!pthread_create(&sleepers[i], NULL, sleep_long, NULL));
	sleep_inside(10 * SECOND);
	IS(lkl_sys_write((unsigned int)pipe_fds[1], "x", 1), 1);
	REQUIRE(!pthread_join(reader, NULL));
	CHECK(byte == 'x');
	for (i = 0; i < 3; i++)
		REQUIRE(!pthread_join(sleepers[i], NULL));
	OK(lkl_sys_close((unsigned int)pipe_fds[0]));
	OK(lkl_sys_close((unsigned int)pipe_fds[1]));
}

#define PIDS	5000

static void *get_pids(void *opaque)
{
	int i;

	(void)opaque;
	for (i = 0; i < PIDS; i++)
		OK(lkl_sys_getpid());
	return NULL;
}

/*
 * Calls that do not wait take their own time alone.  Many of them are complete
 * before their threads know, and another thread drives meanwhile.
 */
static void test_busy(void)
{
	const long long wanted = 2 * PIDS * (long long)CALL_TIME;
	long long first = read_clock(LKL_CLOCK_MONOTONIC), took;
	pthread_t other;

	REQUIRE(!pthread_create(&other, NULL, get_pids, NULL));
	get_pids(NULL);
	REQUIRE(!pthread_join(other, NULL));
	took = read_clock(LKL_CLOCK_MONOTONIC) - first;
	CHECK_THAT(took <= wanted + wanted / 100,
		   "%d calls took %lld ns and not %lld", 2 * PIDS, took,
		   wanted);
}

static void test_idle(void)
{
	const struct timespec second = { .tv_sec = 1 };
	double before = cpu_time(), used;
	long long first;

	first = read_clock(LKL_CLOCK_MONOTONIC);
	/* Processor time is measured over a time. */
	nanosleep(&second, NULL);
	used = cpu_time() - before;
	CHECK_THAT(used < 0.02, "%.3f s of processor time without a call", used);
	check_passed("time between calls",
		     read_clock(LKL_CLOCK_MONOTONIC) - first, CALL_TIME);
}

static void test_file_times(bool fixed)
{
	long long first = read_clock(LKL_CLOCK_REALTIME), time;
	struct lkl_statx st = { 0 };

	OK(lkl_sys_mknodat(LKL_AT_FDCWD, "/new", LKL_S_IFIFO | 0600, 0));
	OK(stat_file("/new", &st));
	time = st.stx_ctime.tv_sec * SECOND + st.stx_ctime.tv_nsec;
	if (fixed)
		CHECK_THAT(time == (long long)START, "the time is %lld", time);
	else
		check_passed("the new file", time - first, CALL_TIME);
}

int main(void)
{
	int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	test_options();
	for (i = 0; i < 2; i++) {
		start(i ? LKL_FIXED_FILE_TIMES : 0);
		test_calls();
		test_sleeps();
		test_timers();
		test_overlap();
		test_busy();
		test_idle();
		test_file_times(i);
		OK(lkl_halt());
	}
	/* The mode does not outlive its kernel. */
	boot(0);
	CHECK_THAT(read_clock(LKL_CLOCK_REALTIME) > (long long)(START / 2 * 3),
		   "the wall clock is still virtual");
	OK(lkl_halt());
	return check_exit();
}

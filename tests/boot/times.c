// SPDX-License-Identifier: GPL-2.0-only
/*
 * times.c - clocks, sleeps and timers are never early, and late by no more than
 * the host allows; the times of new files are the host's.
 */
#include <pthread.h>

#include "boot.h"

#define LATE	0.5	/* seconds */

static struct lkl___kernel_timespec seconds(double s)
{
	return (struct lkl___kernel_timespec){
		.tv_sec = (long long)s,
		.tv_nsec = (long long)((s - (double)(long long)s) * 1e9),
	};
}

static double inside(int clock)
{
	struct lkl___kernel_timespec ts = { 0 };

	OK(lkl_sys_clock_gettime(clock, &ts));
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double outside(int clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void check_took(const char *what, double start, double wanted)
{
	double took = now() - start;

	CHECK_THAT(took >= wanted && took < wanted + LATE,
		   "%s: %.6f s, not %.6f s", what, took, wanted);
}

static long long outside_ns(int clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

/* A new file is no older than what the host made before it. */
static void test_file_times(void)
{
	struct lkl_statx st = { 0 };
	long long before, time, after;
	int i, early = 0, late = 0;

	for (i = 0; i < 500; i++) {
		before = outside_ns(CLOCK_REALTIME_COARSE);
		OK(lkl_sys_mknodat(LKL_AT_FDCWD, "/new", LKL_S_IFIFO | 0600,
				   0));
		after = outside_ns(CLOCK_REALTIME);
		OK(stat_file("/new", &st));
		OK(remove_file("/new"));
		time = st.stx_mtime.tv_sec * 1000000000ll + st.stx_mtime.tv_nsec;
		early += time < before;
		late += time > after;
		if (i % 20 == 0)
			usleep(3000);
	}
	IS(early, 0);
	IS(late, 0);
}

static void test_clocks(void)
{
	struct lkl___kernel_timespec res;
	double before, after, start, real;

	before = outside(CLOCK_REALTIME);
	real = inside(LKL_CLOCK_REALTIME);
	after = outside(CLOCK_REALTIME);
	CHECK_THAT(real > before - 0.05 && real < after + 0.05,
		   "the wall clock is off by %.6f s", real - before);
	before = inside(LKL_CLOCK_MONOTONIC);
	start = now();
	/* Both clocks measure the same time, so some has to pass. */
	usleep(200000);
	after = inside(LKL_CLOCK_MONOTONIC);
	CHECK_THAT(after - before >= 0.2 &&
		   after - before < now() - start + 0.01,
		   "0.2 s outside were %.6f s inside", after - before);
	OK(lkl_sys_clock_getres(LKL_CLOCK_MONOTONIC, &res));
	IS(res.tv_sec, 0);
	IS(res.tv_nsec, 1);
}

static void test_sleeps(void)
{
	static const double lengths[] = { 0, 0.0001, 0.001, 0.01, 0.1 };
	struct lkl___kernel_timespec ts;
	double start;
	unsigned int i;

	for (i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		ts = seconds(lengths[i]);
		start = now();
		OK(lkl_sys_nanosleep(&ts, NULL));
		check_took("nanosleep", start, lengths[i]);
	}
	ts = seconds(inside(LKL_CLOCK_MONOTONIC) + 0.05);
	start = now();
	OK(lkl_sys_clock_nanosleep(LKL_CLOCK_MONOTONIC, 1 /* absolute */,
				   &ts, NULL));
	check_took("clock_nanosleep", start, 0.0499);
	ts.tv_nsec = -1;
	IS(lkl_sys_nanosleep(&ts, NULL), -LKL_EINVAL);
}

static void *sleep_a_while(void *arg)
{
	double start = now(), length = *(double *)arg;
	struct lkl___kernel_timespec ts = seconds(length);

	OK(lkl_sys_nanosleep(&ts, NULL));
	check_took("nanosleep beside others", start, length);
	return NULL;
}

static atomic_bool stop;

static void *hammer(void *arg)
{
	(void)arg;
	while (!atomic_load(&stop))
		lkl_sys_getppid();
	return NULL;
}

/* Sleeps of several threads are at the same time, and end in any order. */
static void test_parallel(bool busy)
{
	double lengths[8], start = now();
	pthread_t threads[8], busy_thread;
	int i;

	if (busy)
		REQUIRE(!pthread_create(&busy_thread, NULL, hammer, NULL));
	for (i = 0; i < 8; i++) {
		lengths[i] = 0.02 * (i * 5 % 8 + 1);
		REQUIRE(!pthread_create(&threads[i], NULL, sleep_a_while,
					&lengths[i]));
	}
	for (i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	check_took(busy ? "all sleeps, busy" : "all sleeps", start, 0.16);
	atomic_store(&stop, true);
	if (busy)
		pthread_join(busy_thread, NULL);
}

static void test_timerfd(void)
{
	struct lkl___kernel_itimerspec timer = {
		.it_value = seconds(0.02), .it_interval = seconds(0.01),
	};
	uint64_t count, total = 0;
	double start, took;
	unsigned int fd;

	fd = (unsigned int)MUST(lkl_sys_timerfd_create(LKL_CLOCK_MONOTONIC,
						       0));
	start = now();
	OK(lkl_sys_timerfd_settime((int)fd, 0, &timer, NULL));
	while (total < 10) {
		IS(lkl_sys_read(fd, (char *)&count, sizeof(count)),
		   sizeof(count));
		CHECK(count > 0);
		total += count;
	}
	/* The first after 20 ms, nine more, and none too many. */
	check_took("timerfd", start, 0.11);
	took = now() - start;
	CHECK_THAT((double)total <= took / 0.01, "%" PRIu64
		   " expirations in %.3f s", total, took);
	OK(lkl_sys_close(fd));
}

static void test_timeouts(void)
{
	struct lkl___kernel_timespec ts = seconds(0.05);
	struct lkl_epoll_event event = { .events = LKL_POLLIN };
	struct lkl_pollfd poll = { .events = LKL_POLLIN };
	lkl_u32 word = 5;
	int fds[2], epoll;
	double start;

	MUST(lkl_sys_pipe2(fds, 0));
	poll.fd = fds[0];
	start = now();
	IS(lkl_sys_ppoll(&poll, 1, &ts, NULL, 8), 0);
	check_took("ppoll", start, 0.05);

	epoll = (int)MUST(lkl_sys_epoll_create1(0));
	OK(lkl_sys_epoll_ctl(epoll, 1 /* add */, fds[0], &event));
	start = now();
	IS(lkl_sys_epoll_pwait(epoll, &event, 1, 50, NULL, 8), 0);
	check_took("epoll", start, 0.05);
	IS(lkl_sys_write((unsigned int)fds[1], "x", 1), 1);
	IS(lkl_sys_epoll_pwait(epoll, &event, 1, 50, NULL, 8), 1);
	ts = seconds(0.05);
	IS(lkl_sys_ppoll(&poll, 1, &ts, NULL, 8), 1);
	IS(poll.revents, LKL_POLLIN);

	ts = seconds(0.05);
	start = now();
	IS(lkl_sys_futex(&word, 128 /* wait, private */, 5, &ts, NULL, 0),
	   -LKL_ETIMEDOUT);
	check_took("futex", start, 0.05);
	IS(lkl_sys_futex(&word, 128, 6, &ts, NULL, 0), -LKL_EAGAIN);
	OK(lkl_sys_close((unsigned int)epoll));
	OK(lkl_sys_close((unsigned int)fds[0]));
	OK(lkl_sys_close((unsigned int)fds[1]));
}

int main(void)
{
	boot(0);
	test_clocks();
	test_file_times();
	test_sleeps();
	test_parallel(false);
	test_parallel(true);
	test_timerfd();
	test_timeouts();
	OK(lkl_halt());
	return check_exit();
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * interrupted-calls.c - a call from a signal handler, or from a callback of the
 * library, while the thread is in a call is -EDEADLK and changes nothing.  A
 * thread that is cancelled ends behind its call.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>

#include "boot.h"

#define SECONDS		3
#define CANCELLED	200

static atomic_long in_calls, between_calls, wrong;
static atomic_int in_callback;

static void call_from_handler(int sig)
{
	int saved = errno;
	long ret = lkl_sys_getpid();

	(void)sig;
	if (ret == -LKL_EDEADLK)
		atomic_fetch_add(&in_calls, 1);
	else if (ret == 1)
		atomic_fetch_add(&between_calls, 1);
	else
		atomic_store(&wrong, ret);
	/* A halt would wait for the call that it interrupted. */
	if (ret == -LKL_EDEADLK && lkl_halt() != -LKL_EDEADLK)
		atomic_store(&wrong, -1);
	errno = saved;
}

static void note_line(int level, const char *line, size_t len, void *opaque)
{
	struct lkl_error err;

	if (lkl_sys_getpid() == -LKL_EDEADLK && lkl_halt() == -LKL_EDEADLK &&
	    lkl_start(NULL, &err) == -LKL_EDEADLK)
		atomic_fetch_add(&in_callback, 1);
	else
		check_fail(__FILE__, __LINE__, "a callback's call");
	boot_log(level, line, len, opaque);
}

static void *pass_bytes(void *arg)
{
	int *fds = arg;
	char c;

	while (lkl_sys_read((unsigned int)fds[0], &c, 1) == 1)
		if (lkl_sys_write((unsigned int)fds[3], &c, 1) != 1)
			break;
	return NULL;
}

/* The signals interrupt short calls, calls that sleep and what is between. */
static void signals(void)
{
	struct sigaction sa = { .sa_handler = call_from_handler };
	struct itimerval often = { { 0, 200 }, { 0, 200 } }, never = { 0 };
	int there[2], back[2], fds[4];
	pthread_t thread;
	sigset_t alarm;
	unsigned long n = 0;
	double start = now();
	char c;

	MUST(lkl_sys_pipe2(there, 0));
	MUST(lkl_sys_pipe2(back, 0));
	fds[0] = there[0];
	fds[3] = back[1];
	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &alarm, NULL);
	REQUIRE(!pthread_create(&thread, NULL, pass_bytes, fds));
	pthread_sigmask(SIG_UNBLOCK, &alarm, NULL);
	REQUIRE(!sigaction(SIGALRM, &sa, NULL));
	REQUIRE(!setitimer(ITIMER_REAL, &often, NULL));
	while (now() - start < SECONDS && !atomic_load(&check_failures)) {
		/* Each result differs from that of the handler's call. */
		IS(lkl_sys_lseek(0, 0, 99), -LKL_EINVAL);
		IS(lkl_sys_umask(022 + (n & 1)), 022 + !(n & 1));
		c = (char)n;
		IS(lkl_sys_write((unsigned int)there[1], &c, 1), 1);
		c = (char)~n;
		IS(lkl_sys_read((unsigned int)back[0], &c, 1), 1);
		CHECK(c == (char)n);
		IS(lkl_sys_close(777), -LKL_EBADF);
		n++;
	}
	setitimer(ITIMER_REAL, &never, NULL);
	IS(atomic_load(&wrong), 0);
	printf("# %lu rounds; handlers: %ld in calls, %ld between them\n", n,
	       atomic_load(&in_calls), atomic_load(&between_calls));
	CHECK(atomic_load(&in_calls) > 0);
	OK(lkl_sys_close((unsigned int)there[1]));
	pthread_join(thread, NULL);
}

static atomic_int reading;

static void *read_for_ever(void *arg)
{
	static __thread char buf[65536] __attribute__((aligned(4096)));
	const char *path = arg;
	long fd, n;

	fd = open_file(path, LKL_O_RDONLY);
	atomic_fetch_add(&reading, 1);
	for (;;) {
		/* Reads the image, on a kernel stack or as a job. */
		n = lkl_sys_pread64((unsigned int)fd, buf, sizeof(buf), 0);
		if (n != sizeof(buf))
			check_fail(__FILE__, __LINE__, "read: %ld", n);
		lkl_sys_fadvise64((int)fd, 0, 0, POSIX_FADV_DONTNEED);
		pthread_testcancel();
	}
	return NULL;
}

static void cancellation(void)
{
	struct timespec nap = { 0 };
	struct mounted m;
	pthread_t thread;
	char path[80];
	void *result;
	int i;

	make_image("image", 32 * MIB, "mke2fs -q -t ext4 $IMAGE");
	mount_image("image", "ext4", 0, NULL, &m);
	snprintf(path, sizeof(path), "%s/file", m.path);
	write_pattern(path, 1 * MIB, 1);
	for (i = 0; i < CANCELLED; i++) {
		atomic_store(&reading, 0);
		REQUIRE(!pthread_create(&thread, NULL, read_for_ever, path));
		while (!atomic_load(&reading))
			;
		nap.tv_nsec = i * 1000;
		nanosleep(&nap, NULL);
		REQUIRE(!pthread_cancel(thread));
		REQUIRE(!pthread_join(thread, &result));
		CHECK(result == PTHREAD_CANCELED);
	}
	check_pattern(path, 1 * MIB, 1);
	/* Descriptors that the threads left open hold the mount. */
	OK(lkl_sys_close_range(3, ~0u, 0));
	unmount(&m);
	check_image("image", "e2fsck -fn $IMAGE");
}

int main(void)
{
	struct lkl_options options = {
		.size = sizeof(options),
		.log = note_line,
	};
	struct lkl_error err;

	setvbuf(stdout, NULL, _IOLBF, 0);
	MUST(lkl_start(&options, &err));
	CHECK(atomic_load(&in_callback) > 10);
	IS(lkl_sys_umask(023), 022);
	signals();
	cancellation();
	OK(lkl_halt());
	return check_exit();
}

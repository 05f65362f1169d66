// SPDX-License-Identifier: GPL-2.0-only
/*
 * start-halt.c - a thousand processes start the kernel, use it, and end, in all
 * possible ways.
 *
 * timeout: 200
 */
#include <pthread.h>
#include <signal.h>
#include <spawn.h>

#include "boot.h"

#define PROCESSES	1000
#define AT_ONCE		2
#define PATIENCE	20.0	/* seconds for what takes 10 ms */

extern char **environ;

struct child {
	pid_t pid;
	int number;
	double start;
};

static void *sleep_and_call(void *arg)
{
	struct lkl___kernel_timespec ts = { .tv_nsec = 100000 };

	(void)arg;
	OK(lkl_sys_nanosleep(&ts, NULL));
	OK(lkl_sys_getpid());
	return NULL;
}

/* Halted at different moments of what it does. */
static int be_child(int number)
{
	pthread_t threads[3];
	int i, n = number % 4;
	struct lkl_error err;

	if (lkl_start(NULL, &err) < 0) {
		printf("start: %s\n", err.text);
		return 1;
	}
	for (i = 0; i < n; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, sleep_and_call,
					NULL));
	if (number & 4)
		OK(make_dir("/dir"));
	for (i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	if (number & 8)
		OK(lkl_sys_sync());
	OK(lkl_halt());
	IS(lkl_sys_getpid(), -LKL_ENXIO);
	return check_exit();
}

static void start_child(struct child *c, int number)
{
	char text[16], name[] = "start-halt";
	char *argv[] = { name, text, NULL };

	snprintf(text, sizeof(text), "%d", number);
	c->number = number;
	c->start = now();
	REQUIRE(!posix_spawn(&c->pid, "/proc/self/exe", NULL, NULL, argv,
			     environ));
}

/* Wait for one of them, or kill it when it is time. */
static bool finish_child(struct child *c)
{
	int status;
	pid_t pid = waitpid(c->pid, &status, WNOHANG);

	REQUIRE(pid >= 0);
	if (!pid) {
		if (now() - c->start < PATIENCE)
			return false;
		check_fail(__FILE__, __LINE__, "process %d hangs", c->number);
		kill(c->pid, SIGKILL);
		waitpid(c->pid, &status, 0);
	} else if (status) {
		check_fail(__FILE__, __LINE__, "process %d: status %x",
			   c->number, (unsigned int)status);
	}
	c->pid = 0;
	return true;
}

int main(int argc, char **argv)
{
	const char *instrument = getenv("INSTRUMENT");
	int total = instrument && *instrument ? 20 : PROCESSES;
	struct timespec nap = { .tv_nsec = 500000 };
	struct child children[AT_ONCE] = { { 0 } };
	int started = 0, finished = 0, i;
	double start = now();
	bool news;

	if (argc > 1)
		return be_child(atoi(argv[1]));

	while (finished < total && atomic_load(&check_failures) < 5) {
		news = false;
		for (i = 0; i < AT_ONCE; i++) {
			if (!children[i].pid && started < total)
				start_child(&children[i], started++);
			if (children[i].pid && finish_child(&children[i])) {
				finished++;
				news = true;
			}
		}
		if (!news)
			nanosleep(&nap, NULL);
	}
	printf("# %d processes, %.1f ms each\n", finished,
	       (now() - start) * 1e3 / finished);
	return check_exit();
}

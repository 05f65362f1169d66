// SPDX-License-Identifier: GPL-2.0-only
/*
 * fork-in-handler.c - a signal handler that interrupts a call forks, and the
 * child runs another program.  Without SA_ONSTACK the child may have no stack:
 * it dies, and does not run for ever.
 *
 * Each case is a process of its own.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>

#include "boot.h"

#define CHILDREN	60
#define PATIENCE	5.0	/* seconds for a child */

static volatile sig_atomic_t finished, killed, hanging, odd;

static bool is_enough(void)
{
	return finished + killed + odd >= CHILDREN || hanging >= 2;
}

static void set_alarm(void)
{
	const struct itimerval soon = { .it_value = { 0, 3000 } };

	setitimer(ITIMER_REAL, &soon, NULL);
}

/* Only functions that may be called in a handler. */
static void fork_and_wait_for_child(void)
{
	struct timespec nap = { .tv_nsec = 100000 };
	double start = now();
	int status = 0;
	pid_t pid, ended;

	pid = fork();
	if (!pid) {
		execl("/bin/true", "true", NULL);
		_exit(7);
	}
	while (!(ended = waitpid(pid, &status, WNOHANG))) {
		if (now() - start > PATIENCE) {
			hanging++;
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			return;
		}
		nanosleep(&nap, NULL);
	}
	if (ended == pid && !status)
		finished++;
	else if (ended == pid && WIFSIGNALED(status) &&
		 WTERMSIG(status) == SIGSEGV)
		killed++;
	else
		odd++;
}

static void fork_and_wait(int sig)
{
	(void)sig;
	fork_and_wait_for_child();
	if (!is_enough())
		set_alarm();
}

static int run(uint64_t flags, int handler_flags)
{
	const struct lkl_options options = {
		.size = sizeof(options),
		.log = boot_log,
		.flags = flags,
	};
	struct sigaction sa = { .sa_handler = fork_and_wait };
	static char buf[1 << 20];
	struct lkl_error err;
	unsigned int fd;

	if (lkl_start(&options, &err) < 0) {
		check_fail(__FILE__, __LINE__, "start: %s", err.text);
		return check_exit();
	}
	sa.sa_flags = SA_RESTART | handler_flags;
	REQUIRE(!sigaction(SIGALRM, &sa, NULL));
	fd = (unsigned int)MUST(open_file("/file", LKL_O_RDWR | LKL_O_CREAT));
	set_alarm();
	while (!is_enough())
		IS(lkl_sys_pwrite64(fd, buf, sizeof(buf), 0), sizeof(buf));
	printf("# %d children finished, %d died, %d hung\n", (int)finished,
	       (int)killed, (int)hanging);
	IS(hanging, 0);
	IS(odd, 0);
	CHECK(!killed || !(handler_flags & SA_ONSTACK));
	IS(lkl_sys_pwrite64(fd, buf, sizeof(buf), 0), sizeof(buf));
	OK(lkl_halt());
	return check_exit();
}

static void run_in_process(const char *name, uint64_t flags, int handler_flags)
{
	int status;
	pid_t pid;

	printf("# %s\n", name);
	fflush(stdout);
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid) {
		atomic_store(&check_failures, 0);
		/* A sanitizer has a handler of its own. */
		signal(SIGSEGV, SIG_DFL);
		exit(run(flags, handler_flags));
	}
	REQUIRE(waitpid(pid, &status, 0) == pid);
	CHECK_THAT(!status, "%s: status %x", name, (unsigned int)status);
}

int main(void)
{
	need_no_instrument();
#ifdef __SANITIZE_THREAD__
	skip("the sanitizer calls handlers itself, on the stack that is in use");
#endif
	setvbuf(stdout, NULL, _IOLBF, 0);
	run_in_process("on the stack of the call", 0, 0);
	run_in_process("on the stack of the call, LKL_CATCH_FAULTS",
		       LKL_CATCH_FAULTS, 0);
	run_in_process("SA_ONSTACK", 0, SA_ONSTACK);
	run_in_process("SA_ONSTACK, LKL_CATCH_FAULTS", LKL_CATCH_FAULTS,
		       SA_ONSTACK);
	return check_exit();
}

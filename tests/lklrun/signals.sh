#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# signals.sh - while programs open files as fast as they can, signals arrive, processes
# stop, go on, are killed and execute others; each descriptor has the lowest number.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need mke2fs e2fsck python3 "$CC"

cat >job.c <<'EOF'
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "helpers/check-call.h"

static const char *path;
static char *fifo, *self;
static volatile unsigned long *opened;	/* shared with children */

/* Open, look what it is, close.  Returns the number. */
static int open_once(int flags)
{
	char text[8] = "";
	int fd = open(path, O_RDONLY | flags);

	CHECK(fd >= 0);
	CHECK(read(fd, text, 7) == 7 && !strcmp(text, "content"));
	CHECK(!!(fcntl(fd, F_GETFD) & FD_CLOEXEC) == !!(flags & O_CLOEXEC));
	CHECK(!close(fd));
	return fd;
}

static void *open_for_ever(void *arg)
{
	for (;;) {
		open_once(O_CLOEXEC);
		++*opened;
	}
	return arg;
}

static pid_t fork_opener(int threads)
{
	pthread_t thread;
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid)
		return pid;
	while (--threads > 0)
		CHECK(!pthread_create(&thread, NULL, open_for_ever, NULL));
	open_for_ever(NULL);
	return 0;
}

static void wait_for_opens(void)
{
	unsigned long before = *opened;

	while (*opened < before + 5)
		usleep(1000);
}

static void count_descriptors(char *is_open)
{
	int i;

	for (i = 0; i < 64; i++)
		is_open[i] = fcntl(i, F_GETFD) >= 0;
}

static void check_numbers(void)
{
	char before[64], after[64];
	struct rlimit limit;
	int i, n, in = dup(0);

	CHECK(!close(0));
	CHECK(open_once(0) == 0 && open_once(O_CLOEXEC) == 0);
	CHECK(dup2(in, 0) == 0 && !close(in));
	count_descriptors(before);
	CHECK(dup2(0, 30) == 30 && dup2(0, 31) == 31);
	while ((n = dup(0)) < 34)
		CHECK(n >= 0);
	close(n);
	CHECK(open_once(0) == 34);
	CHECK(!close(33) && open_once(O_CLOEXEC) == 33);
	CHECK(!close(20) && open_once(0) == 20);
	for (i = 0; i < 64; i++)
		if (!before[i])
			close(i);
	CHECK(!getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = 40;
	CHECK(!setrlimit(RLIMIT_NOFILE, &limit));
	while ((n = open(path, O_RDONLY)) >= 0)
		;
	CHECK(errno == EMFILE);
	/* By ptrace two numbers more have to be free for a moment. */
	for (n = 0, i = 3; i < 40; i++)
		n += fcntl(i, F_GETFD) < 0;
	CHECK(n <= 2);
	for (i = 0; i < 64; i++)
		if (!before[i])
			close(i);
	open_once(0);
	count_descriptors(after);
	CHECK(!memcmp(before, after, sizeof(before)));
}

/* ---- Signals ---- */

static volatile sig_atomic_t next_value, wrong;

static void take_value(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	if (info->si_value.sival_int != next_value || info->si_code != SI_QUEUE)
		wrong = 1;
	next_value++;
}

#define VALUES 500

static void check_signals(void)
{
	const struct sigaction action = {
		.sa_sigaction = take_value, .sa_flags = SA_SIGINFO | SA_RESTART,
	};
	union sigval value = { 0 };
	sigset_t pending;
	int i, first, status;
	pid_t pid;

	CHECK(!sigaction(SIGRTMIN, &action, NULL));
	first = open_once(0);
	pid = fork();
	if (!pid) {
		for (i = 0; i < VALUES; i++) {
			value.sival_int = i;
			while (sigqueue(getppid(), SIGRTMIN, value))
				usleep(100);
			usleep(100);
		}
		_exit(0);
	}
	while (next_value < VALUES)
		CHECK(open_once(0) == first);
	CHECK(!wrong);
	CHECK(waitpid(pid, &status, 0) == pid && !status);
	/* The mask is the program's own. */
	CHECK(!sigprocmask(SIG_BLOCK, NULL, &pending));
	for (i = 1; i < 32; i++)
		CHECK(!sigismember(&pending, i));
}

static void check_stops(int threads)
{
	pid_t pid = fork_opener(threads);
	unsigned long seen;
	int i, status;

	for (i = 0; i < 40; i++) {
		wait_for_opens();
		CHECK(!kill(pid, i % 2 ? SIGSTOP : SIGTSTP));
		CHECK(waitpid(pid, &status, WUNTRACED) == pid);
		CHECK(WIFSTOPPED(status));
		CHECK(WSTOPSIG(status) == (i % 2 ? SIGSTOP : SIGTSTP));
		seen = *opened;
		/* Long enough for many, if it went on. */
		usleep(5000);
		CHECK(*opened == seen);
		CHECK(!kill(pid, SIGCONT));
		CHECK(waitpid(pid, &status, WCONTINUED) == pid);
		CHECK(WIFCONTINUED(status));
	}
	wait_for_opens();
	CHECK(!kill(pid, SIGTERM));
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

static void check_kills(void)
{
	int i, status;
	pid_t pid;

	for (i = 0; i < 60; i++) {
		pid = fork_opener(1 + i % 3);
		usleep((useconds_t)(rand() % 5000));
		CHECK(!kill(pid, SIGKILL));
		CHECK(waitpid(pid, &status, 0) == pid);
		CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	}
}

/* ---- exec ---- */

static void *execute(void *arg)
{
	usleep((useconds_t)(rand() % 3000));
	execl(self, self, "executed", (char *)NULL);
	CHECK(!arg && !"exec");
	return arg;
}

static void *open_fifo(void *arg)
{
	open(fifo, O_RDONLY);
	return arg;
}

/* A thread that is not the first one executes a program, while others open files. */
static void check_exec(void *(*first)(void *), void *(*second)(void *))
{
	int i, status;
	pid_t pid;

	for (i = 0; i < 15; i++) {
		pid = fork();
		CHECK(pid >= 0);
		if (!pid) {
			pthread_t thread;

			srand((unsigned int)i);
			CHECK(!pthread_create(&thread, NULL, second, NULL));
			CHECK(!pthread_create(&thread, NULL, execute, NULL));
			first(NULL);
		}
		CHECK(waitpid(pid, &status, 0) == pid);
		if (status != 42 << 8)
			printf("round %d: status %#x\n", i, status);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 42);
	}
}

/* A process that waits for the other end of a fifo can be killed. */
static void check_fifo(void)
{
	int status, fd;
	pid_t pid = fork();

	if (!pid)
		open_fifo(NULL);
	usleep(20000);
	CHECK(!waitpid(pid, &status, WNOHANG));
	CHECK(!kill(pid, SIGKILL));
	CHECK(waitpid(pid, &status, 0) == pid && WTERMSIG(status) == SIGKILL);
	pid = fork();
	if (!pid)
		_exit(open(fifo, O_RDONLY) < 0);
	fd = open(fifo, O_WRONLY);
	CHECK(fd >= 0 && !(fcntl(fd, F_GETFL) & O_NONBLOCK));
	CHECK(waitpid(pid, &status, 0) == pid && !status);
	close(fd);
}

/* The host's answer is another one. */
static void check_ptrace(void)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(ptrace(PTRACE_TRACEME, 0, 0, 0) == -1 && errno == EPERM ?
		      0 : 1);
	CHECK(waitpid(pid, &status, 0) == pid && !status);
	pid = fork_opener(1);
	CHECK(ptrace(PTRACE_SEIZE, pid, 0, 0) == -1 && errno == EPERM);
	CHECK(!kill(pid, SIGKILL) && waitpid(pid, &status, 0) == pid);
}

int main(int argc, char **argv)
{
	if (argc == 2)
		return 42;
	self = argv[0];
	path = argv[1];
	fifo = argv[2];
	opened = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED |
		      MAP_ANONYMOUS, -1, 0);
	CHECK(opened != MAP_FAILED);
	check_numbers();
	check_signals();
	check_stops(1);
	check_stops(3);
	check_kills();
	check_exec(open_for_ever, open_for_ever);
	check_exec(open_fifo, open_for_ever);
	check_exec(open_for_ever, open_fifo);
	check_fifo();
	if (!strcmp(argv[3], "traced"))
		check_ptrace();
	check_numbers();
	puts("done");
	return 0;
}
EOF
run_check $CC -O1 -pthread -iquote "$top_srcdir/tests" -o job job.c

# The host does all of this.
printf content >file
mkfifo fifo
run_check timeout 120 ./job "$PWD/file" "$PWD/fifo" alone >out
check_text out done

make_user_image image 32M
run_check lklrun -i image --at=/mnt -- sh -c \
	'printf content >/mnt/file; mkfifo /mnt/fifo; cp job /mnt'
run_check timeout 240 lklrun -i image --at=/mnt -- \
	./job /mnt/file /mnt/fifo traced >out
check_text out done
# The same of a program in the image, on a file of the host.
run_check timeout 240 lklrun -i image --at=/mnt -- \
	/mnt/job "$PWD/file" /mnt/fifo traced >out
check_text out done
run_check e2fsck -fn image >&3

# A shell stops a job by its terminal, continues and interrupts it.
cat >endless <<'EOF'
trap 'echo continued' CONT
echo ready
while :; do : </mnt/file; done
EOF
cat >terminal.py <<'EOF'
import os, pty, select, sys

pid, master = pty.fork()
if not pid:
    os.execvp(sys.argv[1], sys.argv[1:])
seen = b""

def expect(text):
    global seen
    while text not in seen:
        seen += os.read(master, 4096)
    seen = seen[seen.index(text) + len(text):]

def say(text):
    os.write(master, text)

say(b"sh endless\n")
expect(b"ready")
say(b"\x1a")
expect(b"Stopped")
say(b"fg\n")
expect(b"continued")
say(b"\x03")
# The shell may drop what is typed in this moment.
while b"end" not in seen:
    say(b"echo e''nd\n")
    if select.select([master], [], [], 1)[0]:
        seen += os.read(master, 4096)
say(b"exit 3\n")
_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status) != 3)
EOF
run_check timeout 60 python3 terminal.py lklrun -i image --at=/mnt -- \
	bash --norc --noediting -i

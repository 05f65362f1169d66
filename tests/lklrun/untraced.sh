#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# untraced.sh - a program cannot make a process that lklrun does not follow, which would
# go on after the end of lklrun.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need mke2fs "$CC"

cat >clones.c <<'END'
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/sched.h>

static void *thread(void *arg)
{
	return arg;
}

static void say(long pid)
{
	if (!pid)
		_exit(0);
	puts(pid < 0 ? strerror(errno) : "made");
	fflush(stdout);
}

int main(void)
{
	struct clone_args args = {
		.flags = CLONE_UNTRACED, .exit_signal = SIGCHLD,
	};
	const unsigned long more = 0x100000000;
	pthread_t t;

	say(syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD, 0, 0, 0, 0));
	say(syscall(SYS_clone, more | CLONE_UNTRACED | SIGCHLD, 0, 0, 0, 0));
	say(syscall(SYS_clone3, &args, sizeof(args)));
	say(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
	puts(pthread_create(&t, NULL, thread, NULL) || pthread_join(t, NULL) ?
	     "no thread" : "thread");
	return 0;
}
END
run_check $CC -pthread -o clones clones.c
make_user_image image 16M
run_check lklrun -i image --at=/mnt -- ./clones >out
check_text out 'Operation not permitted
Operation not permitted
Function not implemented
made
thread'

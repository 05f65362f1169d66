#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# interrupts.sh - signals whose handlers want no restart interrupt no call on a file of
# the image, and still interrupt a call of the host that waits.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need mke2fs "$CC"
[ "$(uname -m)" = x86_64 ] || skip "on $(uname -m) lklrun cannot keep signals off"

cat >job.c <<'EOF'
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

static volatile sig_atomic_t signals;

static void count(int signal)
{
	(void)signal;
	signals++;
}

static int fail(const char *what)
{
	perror(what);
	return 1;
}

int main(int argc, char **argv)
{
	const struct itimerval often = { { 0, 300 }, { 0, 300 } }, never = { 0 };
	const struct sigaction action = { .sa_handler = count };
	struct stat st;
	int fd;

	(void)argc;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	while (signals < 4000) {
		fd = open(argv[1], O_RDWR);
		if (fd < 0 || ftruncate(fd, signals) || close(fd))
			return fail("open, truncate, close");
		if (stat(argv[1], &st) || chmod(argv[1], 0600))
			return fail("stat, chmod");
	}
	setitimer(ITIMER_REAL, &never, NULL);
	alarm(1);
	if (open(argv[2], O_RDONLY) >= 0 || errno != EINTR)
		return fail("nothing interrupts the open of a FIFO");
	return puts("done") < 0;
}
EOF
run_check $CC -O1 -o job job.c
mkfifo fifo
make_user_image image 16M
run_check lklrun -i image --at=/mnt -- sh -c 'echo content >/mnt/file'
for ((i = 0; i < 3; i++)); do
	run_check timeout 60 lklrun -i image --at=/mnt -- \
		./job /mnt/file "$PWD/fifo" >out
	check_text out done
done

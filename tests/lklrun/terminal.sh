#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# terminal.sh - a program cannot type commands into the terminal that it was given, which
# the user's shell would run afterwards.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need mke2fs "$CC"

cat >type.c <<'END'
#include <errno.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int refused(unsigned long command)
{
	return syscall(SYS_ioctl, 0, command, "x") < 0 && errno == EPERM;
}

int main(void)
{
	const unsigned long more = 0x100000000;
	int n;

	/* Standard input is a file: other commands for terminals get ENOTTY. */
	printf("%d%d%d%d", refused(TIOCSTI), refused(TIOCSTI | more),
	       refused(TIOCLINUX), refused(TIOCLINUX | more));
	printf("%d %d\n", refused(TIOCGWINSZ), ioctl(0, FIONREAD, &n));
	return 0;
}
END
run_check $CC -o type type.c
make_user_image image 16M
run_check lklrun -i image --at=/mnt -- ./type <type.c >out
check_text out "11110 0"

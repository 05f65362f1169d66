#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# dumpable.sh - a program that asks not to be dumped, as sudo and ssh-agent do, still
# reaches its files, and is told what it has asked for.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need mke2fs "$CC"

cat >dump.c <<'END'
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static int get(void)
{
	return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
}

int main(int argc, char **argv)
{
	char name[16] = "";
	int fd;

	printf("at first %d\n", get());
	if (argc > 2)
		return 0;
	printf("bad %d\n", prctl(PR_SET_DUMPABLE, 7, 0, 0, 0));
	printf("set %d\n", prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
	printf("then %d\n", get());
	prctl(PR_SET_NAME, "other", 0, 0, 0);
	prctl(PR_GET_NAME, name, 0, 0, 0);
	puts(name);
	fd = open(argv[1], O_CREAT | O_WRONLY, 0600);
	puts(fd < 0 ? strerror(errno) : "opened");
	fflush(stdout);
	execl(argv[0], argv[0], argv[1], "again", NULL);
	return 1;
}
END
run_check $CC -o dump dump.c
make_user_image image 16M
run_check ./dump file >expected
grep -qx 'then 0' expected || die "the host has another value: $(<expected)"
run_check lklrun -i image --at=/mnt -- ./dump /mnt/file >out
check_text out "$(<expected)"

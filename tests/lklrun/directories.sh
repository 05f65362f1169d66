#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# directories.sh - a directory that the program has closed is closed in the image, too,
# also when the host tells of the close before it has happened.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need mke2fs e2fsck "$CC"

cat >job.c <<'END'
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESSES 3

static int open_and_close(int times)
{
	int fd;

	while (times--) {
		fd = open(".", O_RDONLY | O_DIRECTORY);
		if (fd < 0 || close(fd))
			return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	int i, status;

	if (argc != 3 || chdir(argv[1]))
		return 1;
	for (i = 0; i < PROCESSES; i++)
		if (!fork())
			_exit(open_and_close(atoi(argv[2])));
	while (wait(&status) > 0)
		if (status)
			return 1;
	return 0;
}
END
run_check $CC -O1 -o job job.c
make_user_image image 16M
run_check lklrun -i image --at=/mnt -- ./job /mnt 12000
# The same descriptors again, of which lklrun has not so many.
run_check sh -c 'ulimit -n 200; exec lklrun -i image --at=/mnt -- ./job /mnt 3000'
run_check e2fsck -fn image >&3

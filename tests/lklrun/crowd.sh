#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# crowd.sh - of several processes that call at the same time, each gets the answers to
# its own calls, about files of the image and of the host.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need mke2fs e2fsck "$CC"

cat >job.c <<'EOF'
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helpers/check-call.h"

#define PROCESSES	6
#define ROUNDS		500

/* The file @number of a folder has @number bytes, and a link leads to it. */
static void look(const char *folder, int number)
{
	char path[PATH_MAX], name[16], found[PATH_MAX] = "";
	struct stat st;
	int fd;

	snprintf(name, sizeof(name), "%d", number);
	snprintf(path, sizeof(path), "%s/%d", folder, number);
	CHECK(!stat(path, &st) && st.st_size == number);
	CHECK((fd = open(path, O_RDONLY)) >= 0);
	CHECK(!fstat(fd, &st) && st.st_size == number);
	CHECK(!close(fd));
	snprintf(path, sizeof(path), "/.%s/./link//../link/%d", folder, number);
	CHECK(readlink(path, found, sizeof(found) - 1) == (ssize_t)strlen(name));
	CHECK(!strcmp(found, name));
	snprintf(path, sizeof(path), "%s/%d-absent", folder, number);
	CHECK(stat(path, &st) && errno == ENOENT);
}

int main(int argc, char **argv)
{
	int i, round, status, failed = 0;

	CHECK(argc == 3);
	for (i = 1; i <= PROCESSES; i++) {
		if (fork())
			continue;
		for (round = 0; round < ROUNDS; round++)
			look(argv[1 + round % 2], i);
		exit(0);
	}
	while (wait(&status) > 0)
		failed |= status;
	return failed != 0;
}
EOF
run_check $CC -O1 -iquote "$top_srcdir/tests" -o job job.c

# fill FOLDER - files of 1 to 6 bytes, and links to them
fill() {
	local i

	mkdir -p "$1/link"
	for i in 1 2 3 4 5 6; do
		head -c $i /dev/zero >"$1/$i"
		ln -s $i "$1/link/$i"
	done
}
fill host
fill tree/files
make_user_image image 16M -d tree

run_check lklrun -i image --at="$PWD/image-is-here" -- \
	./job "$PWD/image-is-here/files" "$PWD/host"
run_check e2fsck -fn image

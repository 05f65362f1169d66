#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# thread-descriptors.sh - descriptors of a thread whose process has no first thread
# any more, or that has a table of its own: they are taken from the thread itself.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need mke2fs e2fsck "$CC"

cat >job.c <<'EOF'
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helpers/check-call.h"

static pthread_t first;
static int lists;

/* The entries of the folder, but "." and ".."; each call asks for a few. */
static int count(int fd)
{
	DIR *dir = fdopendir(dup(fd));
	struct dirent *entry;
	int n = 0;

	while (dir && n < 1000 && (entry = readdir(dir)))
		n += entry->d_name[0] != '.';
	closedir(dir);
	return n;
}

static void *use(void *arg)
{
	struct stat st;
	int fd, dir;

	if (!arg)
		CHECK(!pthread_join(first, NULL));
	else
		CHECK(!unshare(CLONE_FILES));
	CHECK((dir = open(".", O_RDONLY | O_DIRECTORY)) >= 0);
	CHECK(!fstat(dir, &st) && S_ISDIR(st.st_mode));
	CHECK((fd = openat(dir, "file", O_RDWR | O_CREAT, 0644)) >= 0);
	CHECK(write(fd, "kept", 4) == 4);
	CHECK(!fchmod(fd, 0600) && !fsync(fd) && !fsync(dir));
	CHECK(!fstat(fd, &st) && (st.st_mode & 07777) == 0600);
	if (lists)
		CHECK(count(dir) == 1);
	CHECK(fstat(900, &st) && errno == EBADF);
	printf("done\n");
	fflush(stdout);
	/* What is not in the image now will not get there. */
	kill(getppid(), SIGKILL);
	pause();
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	CHECK(argc == 4 && !mkdir(argv[1], 0755) && !chdir(argv[1]));
	lists = !strcmp(argv[3], "lists");
	first = pthread_self();
	CHECK(!pthread_create(&thread, NULL, use,
			      strcmp(argv[2], "own") ? NULL : ""));
	if (strcmp(argv[2], "own"))
		pthread_exit(NULL);
	pthread_join(thread, NULL);
	return 1;
}
EOF
run_check $CC -O1 -pthread -iquote "$top_srcdir/tests" -o job job.c

make_user_image image 32M
printf '%s\n' 6.9 "$(uname -r)" | sort -CV && lists=lists || lists=-
# A host before Linux 6.9 gives no descriptors that stand for a thread.  By ptrace such a
# thread opens no files there.
without=$top_builddir/tests/helpers/images/host-without
folders=()
for host in "" old; do
	[ -z "$host" ] || lists=-
	for mode in ended own; do
		echo "$mode $host" >&3
		timeout 60 ${host:+"$without" thread-pidfds} \
			lklrun -i image --at=/mnt -- \
			./job "/mnt/$mode$host" $mode $lists >out
		status=$?
		if [ "${LKLRUN_TESTS_CATCH:-}" = ptrace ] && [ $lists = - ]; then
			[ $status -eq 1 ] && grep -q ' = open(.*: Bad file descriptor$' out ||
				die "$mode $host: status $status: $(cat out)"
			continue
		fi
		[ $status -eq 137 ] || die "$mode $host: status $status: $(cat out)"
		check_text out done
		folders+=("$mode$host")
	done
done
# The journal is replayed, as the next mount does it.
e2fsck -fy image >&3 || [ $? -le 1 ] || die "e2fsck"
for folder in "${folders[@]}"; do
	run_check cpfromfs -i image -p /$folder/file .
	[ "$(cat file)" = kept ] || die "$folder: what was synced is lost"
	[ "$(stat -c %a file)" = 600 ] || die "$folder: fchmod() is lost"
	rm file
done

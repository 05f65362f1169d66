#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# sync-beside.sh - nothing is lost of a write beside which another thread calls
# fsync().

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need mke2fs e2fsck "$CC"

cat >job.c <<'EOF'
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES	80
#define BYTES	300000

static char data[BYTES];
static pthread_barrier_t start;

static void *sync_file(void *fd)
{
	pthread_barrier_wait(&start);
	return (void *)(long)fsync(*(int *)fd);
}

int main(int argc, char **argv)
{
	pthread_t thread;
	char name[32];
	void *ret;
	int i, fd;

	if (argc != 2 || mkdir(argv[1], 0755) || chdir(argv[1]))
		return 1;
	memset(data, 'x', sizeof(data));
	pthread_barrier_init(&start, NULL, 2);
	for (i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "file-%d", i);
		fd = open(name, O_RDWR | O_CREAT, 0644);
		if (fd < 0 || pthread_create(&thread, NULL, sync_file, &fd))
			return 2;
		pthread_barrier_wait(&start);
		if (write(fd, data, BYTES) != BYTES ||
		    pthread_join(thread, &ret) || ret || close(fd))
			return 3;
	}
	return 0;
}
EOF
run_check $CC -O1 -pthread -o job job.c
make_user_image image 64M

run_check ./job host
run_check lklrun -i image --at=/mnt -- ./job /mnt/files
run_check e2fsck -fn image >&3
check_tree image /files

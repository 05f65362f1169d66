#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# fallocate.sh - fallocate() and truncate() leave to other threads the bytes that they
# do not change, and their results are those of ext4.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need mke2fs e2fsck "$CC"

cat >job.c <<'EOF'
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helpers/check-call.h"

#define BLOCK	4096
#define SIZE	(32 * BLOCK)
#define ROUNDS	200

static int fd;
static unsigned char *map;
static atomic_int end;

/* Write one block, and look whether it stays; the others belong to main(). */
static void *write_block(void *mapped)
{
	unsigned char value = 0, got[16];
	off_t at = (mapped ? 9 : 5) * BLOCK;

	/* The last value is not 0. */
	while (!end || !value) {
		value++;
		if (mapped) {
			*(volatile unsigned char *)(map + at) = value;
			CHECK(*(volatile unsigned char *)(map + at) == value);
		} else {
			memset(got, value, sizeof(got));
			CHECK(pwrite(fd, got, 16, at) == 16);
			memset(got, 0, sizeof(got));
			CHECK(pread(fd, got, 16, at) == 16);
			CHECK(got[0] == value && got[15] == value);
		}
	}
	return NULL;
}

static void change_beside(void)
{
	pthread_t threads[2];
	int i;

	CHECK((fd = open("beside", O_RDWR | O_CREAT, 0644)) >= 0);
	CHECK(!ftruncate(fd, SIZE));
	map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(map != MAP_FAILED);
	for (i = 0; i < 2; i++)
		CHECK(!pthread_create(&threads[i], NULL, write_block,
				      i ? map : NULL));
	for (i = 0; i < ROUNDS; i++) {
		CHECK(!fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 2 * SIZE));
		CHECK(!fallocate(fd, 0, 0, SIZE));
		CHECK(!fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				 16 * BLOCK, 2 * BLOCK));
		CHECK(!fallocate(fd, FALLOC_FL_ZERO_RANGE, 20 * BLOCK, BLOCK));
		CHECK(!truncate("beside", SIZE));
	}
	end = 1;
	for (i = 0; i < 2; i++)
		CHECK(!pthread_join(threads[i], NULL));
	CHECK(map[5 * BLOCK] && map[9 * BLOCK] && !close(fd));
}

static off_t size_of(int file)
{
	struct stat st;

	CHECK(!fstat(file, &st));
	return st.st_size;
}

/* The first byte of each block of the file, as a text. */
static const char *blocks(void)
{
	static char text[64];
	off_t n = size_of(fd) / BLOCK, i;

	for (i = 0; i < n; i++) {
		CHECK(pread(fd, text + i, 1, i * BLOCK) == 1);
		if (!text[i])
			text[i] = '.';
	}
	text[n] = '\0';
	return text;
}

static void change(int mode, int from, int n, const char *want)
{
	CHECK(!fallocate(fd, mode, (off_t)from * BLOCK, (off_t)n * BLOCK));
	if (strcmp(blocks(), want))
		printf("mode %d: %s, not %s\n", mode, blocks(), want);
}

static void change_alone(void)
{
	char block[BLOCK];
	int i, reader;

	CHECK((fd = open("alone", O_RDWR | O_CREAT, 0644)) >= 0);
	for (i = 0; i < 8; i++) {
		memset(block, 'a' + i, sizeof(block));
		CHECK(write(fd, block, BLOCK) == BLOCK);
	}
	CHECK((reader = open("alone", O_RDONLY)) >= 0);
	CHECK(fallocate(reader, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
			BLOCK) == -1 && errno == EBADF && !close(reader));
	change(FALLOC_FL_KEEP_SIZE, 0, 12, "abcdefgh");
	change(0, 2, 3, "abcdefgh");
	change(0, 2, 8, "abcdefgh..");
	change(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 1, 1, "a.cdefgh..");
	change(FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, 3, 1, "a.c.efgh..");
	change(FALLOC_FL_ZERO_RANGE, 9, 3, "a.c.efgh....");
	change(FALLOC_FL_COLLAPSE_RANGE, 1, 3, "aefgh....");
	change(FALLOC_FL_INSERT_RANGE, 2, 2, "ae..fgh....");
	CHECK(!truncate("alone", 6 * BLOCK));
	CHECK(!strcmp(blocks(), "ae..fg"));
	CHECK(!truncate("alone", 8 * BLOCK));
	CHECK(!strcmp(blocks(), "ae..fg.."));
	CHECK(pwrite(fd, "z", 1, 7 * BLOCK) == 1 && !close(fd));
	CHECK((fd = open("alone", O_RDONLY | O_TRUNC)) >= 0 && !size_of(fd));
	CHECK(!close(fd) && (fd = open("alone", O_RDWR)) >= 0);
	CHECK(write(fd, "new", 3) == 3 && !fallocate(fd, 0, 0, 5) && !close(fd));
}

int main(int argc, char **argv)
{
	CHECK(argc == 2 && !chdir(argv[1]));
	change_alone();
	change_beside();
	return 0;
}
EOF
run_check $CC -O1 -pthread -iquote "$top_srcdir/tests" -o job job.c
make_user_image image 32M -b 4096
run_any lklrun -i image --at=/mnt -- ./job /mnt >out
status=$?
[ ! -s out ] || die "$(cat out)"
[ $status -eq 0 ] || die "exit status $status"
run_check e2fsck -fn image >&3
run_check cpfromfs -i image -p /alone /beside .
printf 'new\0\0' | cmp - alone || die "other contents in the image"
[ "$(stat -c %s beside)" = 131072 ] || die "another size in the image"
for block in 5 9; do
	! cmp -n 1 -i $((block * 4096)):0 beside /dev/zero || die "block $block is lost"
done

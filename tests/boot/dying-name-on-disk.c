// SPDX-License-Identifier: GPL-2.0-only
/*
 * dying-name-on-disk.c - removing a directory waits for a thread that closes a file of
 * it and reads the disk for that, and the read is made.
 *
 * rmdir() waits in a loop until the name of the file is gone from the kernel's cache,
 * and the closing task waits for the disk before it drops the name.  The thread that
 * drives the kernel would read for that task once nothing is runnable, which would be
 * never.  If it waits for that, the test does not end before its time limit.
 */
#define _GNU_SOURCE 1

#include <pthread.h>
#include <semaphore.h>

#include "boot.h"
#include "helpers/asleep.h"
#include "helpers/interposed.h"

/* An inode of ext4 has room for four extents: the others are in a block. */
#define EXTENTS	16
#define ROUNDS	5

static struct mounted mounted;
static __thread bool closes;
static atomic_bool in_time;		/* rmdir() began while the file was closed */
static _Atomic pid_t remover_tid;
static sem_t remove_now;

/* The host has no data in its cache; rmdir() begins before the first read. */
static bool interpose(enum interposed call, struct transfer *transfer,
		      ssize_t *ret)
{
	(void)transfer;
	if (call != CALL_READ_NOWAIT)
		return false;
	if (closes && !atomic_exchange(&in_time, true)) {
		sem_post(&remove_now);
		while (!atomic_load(&remover_tid))
			;
		wait_until_asleep(atomic_load(&remover_tid));
	}
	*ret = -1;
	errno = EAGAIN;
	return true;
}

static void path_of(char path[128], const char *name)
{
	snprintf(path, 128, "%s/%s", mounted.path, name);
}

static void *close_file(void *arg)
{
	closes = true;
	OK(lkl_sys_close(*(unsigned int *)arg));
	return NULL;
}

static void *remove_directory(void *arg)
{
	char path[128];

	(void)arg;
	path_of(path, "dir");
	sem_wait(&remove_now);
	atomic_store(&remover_tid, own_tid());
	OK(remove_dir(path));
	return NULL;
}

static void make_file(void)
{
	char path[128], byte = 1;
	unsigned int fd;
	long i;

	path_of(path, "dir");
	OK(make_dir(path));
	path_of(path, "dir/file");
	fd = (unsigned int)MUST(open_file(path, LKL_O_RDWR | LKL_O_CREAT));
	for (i = 0; i < EXTENTS; i++)
		IS(lkl_sys_pwrite64(fd, &byte, 1, i * 2 * 4096), 1);
	OK(lkl_sys_close(fd));
}

int main(void)
{
	pthread_t closer, remover;
	char path[128];
	unsigned int fd;
	int round;

	need_no_instrument();
	make_image("image", 64 * MIB, "mke2fs -q -t ext4 -b 4096 $IMAGE");
	sem_init(&remove_now, 0, 0);
	boot(0);
	for (round = 0; round < ROUNDS; round++) {
		mount_image("image", "ext4", 0, NULL, &mounted);
		make_file();
		unmount(&mounted);
		mount_image("image", "ext4", 0, NULL, &mounted);
		path_of(path, "dir/file");
		fd = (unsigned int)MUST(open_file(path, LKL_O_RDWR));
		OK(remove_file(path));
		atomic_store(&in_time, false);
		atomic_store(&remover_tid, 0);
		REQUIRE(!pthread_create(&remover, NULL, remove_directory, NULL));
		REQUIRE(!pthread_create(&closer, NULL, close_file, &fd));
		pthread_join(closer, NULL);
		CHECK(atomic_load(&in_time));
		pthread_join(remover, NULL);
		unmount(&mounted);
	}
	check_image("image", "e2fsck -fn $IMAGE");
	OK(lkl_halt());
	return check_exit();
}

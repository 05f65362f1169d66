// SPDX-License-Identifier: GPL-2.0-only
/*
 * thread-limit.c - a host that lets the program have no more threads
 * (RLIMIT_NPROC): a start fails with a sentence and can be repeated; a disk is
 * read and written by the threads that there are.
 */
#define _GNU_SOURCE

#include <dlfcn.h>
#include <pthread.h>

#include "boot.h"

static atomic_bool refuse;
static atomic_int refused;

/* In front of libc's. */
int pthread_create(pthread_t *thread, const pthread_attr_t *attr,
		   void *(*run)(void *), void *arg)
{
	static int (*create)(pthread_t *, const pthread_attr_t *,
			     void *(*)(void *), void *);

	if (atomic_load(&refuse)) {
		atomic_fetch_add(&refused, 1);
		return EAGAIN;
	}
	if (!create)
		create = dlsym(RTLD_NEXT, "pthread_create");
	return create(thread, attr, run, arg);
}

static void work(const char *mount)
{
	char name[96];
	int i;

	for (i = 0; i < 8; i++) {
		snprintf(name, sizeof(name), "%s/file-%d", mount, i);
		write_pattern(name, MIB, (uint64_t)i);
	}
	OK(lkl_sys_sync());
	for (i = 0; i < 8; i++) {
		snprintf(name, sizeof(name), "%s/file-%d", mount, i);
		check_pattern(name, MIB, (uint64_t)i);
	}
}

int main(void)
{
	struct lkl_error err = { "" };
	struct mounted m;

	make_image("image", 64 * MIB, "mke2fs -q -t ext4 $IMAGE");
	atomic_store(&refuse, true);
	IS(lkl_start(NULL, &err), -LKL_EAGAIN);
	CHECK_THAT(strstr(err.text, "thread") && strstr(err.text, "ulimit -u"),
		   "%s", err.text);
	IS(lkl_sys_getpid(), -LKL_ENXIO);

	atomic_store(&refuse, false);
	boot(0);
	atomic_store(&refuse, true);
	atomic_store(&refused, 0);
	mount_image("image", "ext4", 0, NULL, &m);
	work(m.path);
	unmount(&m);
	/* Threads would have been made, or this tests nothing. */
	CHECK_THAT(atomic_load(&refused) > 0, "no thread was asked for");
	OK(lkl_halt());
	check_image("image", "e2fsck -fn $IMAGE 2>&1");
	return check_exit();
}

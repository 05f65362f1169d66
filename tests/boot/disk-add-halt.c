// SPDX-License-Identifier: GPL-2.0-only
/*
 * disk-add-halt.c - lkl_disk_add() while another thread halts the kernel, and
 * starts the next one: the disk is in the kernel that runs, or in none.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>

#include "boot.h"
#include "helpers/asleep.h"

static struct lkl_disk *disk;
static atomic_bool armed, within, started;
static atomic_int halter;	/* thread */

/*
 * The halt is over and the next kernel runs, or the halt waits for this thread:
 * for longer than it would for anything else.
 */
static void wait_for_halt(void)
{
	const struct timespec moment = { .tv_nsec = 1000000 };
	int asleep;

	atomic_store(&within, true);
	while (!atomic_load(&halter))
		;
	/* It ends after it has started the kernel. */
	for (asleep = 0; asleep < 500 && !atomic_load(&started) &&
	     wait_until_asleep(halter); asleep++)
		nanosleep(&moment, NULL);
}

/* lkl_disk_add() calls it while it makes the device. */
int pthread_cond_init(pthread_cond_t *cond, const pthread_condattr_t *attr)
{
	int (*next)(pthread_cond_t *, const pthread_condattr_t *);

	if (atomic_exchange(&armed, false))
		wait_for_halt();
	*(void **)&next = dlsym(RTLD_NEXT, "pthread_cond_init");
	return next(cond, attr);
}

static void *add(void *arg)
{
	struct lkl_error err = { "" };
	int ret = lkl_disk_add(disk, &err);

	CHECK_THAT(!ret || ret == -LKL_ENXIO, "%d: %s", ret, err.text);
	return arg;
}

static void *halt_and_start(void *arg)
{
	atomic_store(&halter, own_tid());
	OK(lkl_halt());
	boot(0);
	atomic_store(&started, true);
	return arg;
}

int main(void)
{
	struct lkl_error err = { "" };
	pthread_t threads[2];
	char path[64];

	make_image("image", 64 * MIB, "mke2fs -q -t ext4 $IMAGE");
	boot(0);
	MUST(lkl_disk_open("image", NULL, &disk, &err));
	alarm(60);			/* or it hangs */
	atomic_store(&armed, true);
	REQUIRE(!pthread_create(&threads[0], NULL, add, NULL));
	while (!atomic_load(&within))
		;
	REQUIRE(!pthread_create(&threads[1], NULL, halt_and_start, NULL));
	REQUIRE(!pthread_join(threads[0], NULL));
	REQUIRE(!pthread_join(threads[1], NULL));

	/* Not in the new kernel, and no memory of it is left. */
	IS(lkl_disk_remove(disk, &err), -LKL_ENXIO);
	MUST(lkl_disk_add(disk, &err));
	MUST(lkl_mount(disk, 0, "ext4", LKL_MS_RDONLY, NULL, path,
		       sizeof(path), &err));
	OK(lkl_halt());
	IS(lkl_disk_remove(disk, &err), -LKL_ENXIO);
	OK(lkl_disk_close(disk));
	return check_exit();
}

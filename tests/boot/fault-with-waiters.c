// SPDX-License-Identifier: GPL-2.0-only
/*
 * fault-with-waiters.c - threads that wait for a lock of an image, whose holder
 * faults in the library's own code, give up with -ENOTRECOVERABLE: one that is
 * in lkl_disk_read(), and one that performs its own disk request.
 *
 * allow-log: kernel fault
 */
#define _GNU_SOURCE			/* preadv2 */
#include <pthread.h>
#include <stdatomic.h>

#include "boot.h"
#include "helpers/asleep.h"
#include "helpers/interposed.h"

#define PERFORMED	((size_t)(128 * KIB))

static atomic_bool armed;
static int *volatile bad_pointer;
static struct lkl_disk *disk;
static unsigned int performer_fd;
static char *performer_buf;
static atomic_int driver, performer, reader;	/* threads */
static atomic_bool performs, holds, goes_on;

/* The driver looks for a cluster, so it holds the lock of the image. */
static void fault_with_waiters(void)
{
	atomic_store(&holds, true);
	while (!atomic_load(&goes_on) || !atomic_load(&reader))
		;
	if (!wait_until_asleep(atomic_load(&reader)) ||
	    !wait_until_asleep(atomic_load(&performer)))
		return;
	*bad_pointer = 1;
}

static bool interpose(enum interposed call, struct transfer *transfer,
		      ssize_t *ret)
{
	int tid = own_tid();

	(void)transfer;
	if (call == CALL_READ_NOWAIT && tid == atomic_load(&driver) &&
	    atomic_exchange(&armed, false))
		fault_with_waiters();
	if (tid != atomic_load(&performer))
		return false;
	if (call == CALL_READ_NOWAIT) {
		/* It performs the request itself, then. */
		errno = EAGAIN;
		*ret = -1;
		return true;
	}
	/* Between the first cluster and the second, for which it looks next. */
	atomic_store(&performs, true);
	while (!atomic_load(&holds))
		;
	atomic_store(&goes_on, true);
	return false;
}

static void *perform(void *arg)
{
	(void)arg;
	IS(lkl_sys_getpid(), 1);
	atomic_store(&performer, own_tid());
	IS(lkl_sys_pread64(performer_fd, performer_buf, PERFORMED, 0),
	   -LKL_ENOTRECOVERABLE);
	return NULL;
}

static void *read_disk(void *arg)
{
	static char buf[512];

	(void)arg;
	while (!atomic_load(&holds))
		;
	atomic_store(&reader, own_tid());
	IS(lkl_disk_read(disk, buf, sizeof(buf), 0), -LKL_ENOTRECOVERABLE);
	return NULL;
}

int main(void)
{
	const struct lkl_disk_options disk_options = {
		.size = sizeof(disk_options),
		.flags = LKL_DISK_READ_ONLY,
	};
	const struct lkl_options options = {
		.size = sizeof(options),
		.log = boot_log,
		.panic = boot_panic,
		.flags = LKL_CATCH_FAULTS,
	};
	struct lkl_error err = { "" };
	pthread_t threads[2];
	unsigned int fd;
	char node[64];
	char *buf;

	need_no_instrument();
	need_program("qemu-img");
	need_program("qemu-io");
	/* Neighbours for the guest, but not in the file. */
	REQUIRE(!run_on("image", "qemu-img create -q -f qcow2 $IMAGE 2G && "
			"qemu-io -c 'write -q 64k 64k' -c 'write -q 0 64k' "
			"-c 'write -q 1G 64k' $IMAGE"));
	if (!can_read_nowait("image"))
		skip("this file system has no reads that do not wait");
	MUST(lkl_start(&options, &err));
	MUST(lkl_disk_open("image", &disk_options, &disk, &err));
	MUST(lkl_disk_add(disk, &err));
	MUST(lkl_disk_node(disk, 0, node, sizeof(node), &err));
	performer_buf = lkl_buffer_alloc(PERFORMED);
	buf = lkl_buffer_alloc(4096);
	REQUIRE(performer_buf && buf);
	fd = (unsigned int)MUST(open_file(node, LKL_O_RDONLY | LKL_O_DIRECT));
	performer_fd = (unsigned int)MUST(open_file(node, LKL_O_RDONLY |
						    LKL_O_DIRECT));

	alarm(60);			/* or it hangs */
	REQUIRE(!pthread_create(&threads[0], NULL, perform, NULL));
	REQUIRE(!pthread_create(&threads[1], NULL, read_disk, NULL));
	while (!atomic_load(&performs))
		;
	atomic_store(&driver, own_tid());
	atomic_store(&armed, true);
	IS(lkl_sys_pread64(fd, buf, 4096, GIB), -LKL_ENOTRECOVERABLE);
	CHECK(!atomic_load(&armed));
	REQUIRE(!pthread_join(threads[0], NULL));
	REQUIRE(!pthread_join(threads[1], NULL));
	IS(lkl_halt(), -LKL_ENOTRECOVERABLE);
	return check_exit();
}

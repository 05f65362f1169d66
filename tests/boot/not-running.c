// SPDX-License-Identifier: GPL-2.0-only
/*
 * not-running.c - calls before the start and after the end of the kernel return
 * errors; they never crash or hang.
 */
#include <pthread.h>

#include "boot.h"
#include "helpers/asleep.h"

static int pipe_fds[2];
static atomic_int started, blockers;
static pid_t tids[2];

static void *call_after_halt(void *arg)
{
	(void)arg;
	IS(lkl_sys_getpid(), -LKL_ENXIO);
	return NULL;
}

/* In a call that never ends by itself. */
static void *block(void *arg)
{
	char c;

	(void)arg;
	tids[atomic_fetch_add(&blockers, 1)] = own_tid();
	atomic_fetch_add(&started, 1);
	IS(lkl_sys_read((unsigned int)pipe_fds[0], &c, 1), -LKL_ENXIO);
	IS(lkl_sys_getpid(), -LKL_ENXIO);
	return NULL;
}

/* Between calls, in calls, whatever. */
static void *hammer(void *arg)
{
	long pid;

	(void)arg;
	atomic_fetch_add(&started, 1);
	while ((pid = lkl_sys_getpid()) == 1)
		;
	IS(pid, -LKL_ENXIO);
	return NULL;
}

static void check_not_running(void)
{
	struct lkl_error err = { "" };
	struct lkl_disk *disk;
	char byte, path[64];

	IS(lkl_sys_getpid(), -LKL_ENXIO);
	IS(lkl_syscall(-1, (long[6]){ 0 }), -LKL_ENXIO);
	IS(lkl_halt(), -LKL_ENXIO);
	MUST(lkl_disk_open("image", 0, &disk, &err));
	IS(lkl_disk_read(disk, &byte, 1, 0), 0);
	IS(lkl_disk_add(disk, &err), -LKL_ENXIO);
	CHECK(err.text[0]);
	CHECK(lkl_mount(disk, 0, "ext4", 0, NULL, path, sizeof(path),
			&err) < 0);
	CHECK(lkl_umount("/mnt/0", &err) < 0);
	lkl_disk_close(disk);
}

int main(void)
{
	struct lkl_options too_small = {
		.size = sizeof(too_small),
		.memory = LKL_MEMORY_MIN - 4096,
	};
	struct lkl_options too_large = {
		.size = sizeof(too_large),
		.memory = ~0ull,
	};
	struct lkl_error err = { "" };
	pthread_t threads[4];
	int i;

	REQUIRE(!system("truncate -s 1M image"));
	check_not_running();
	CHECK(lkl_version()[0]);
	/* tests/run says which kernel was built. */
	REQUIRE(getenv("LINUX_RELEASE"));
	CHECK_THAT(!strcmp(lkl_kernel_version(), getenv("LINUX_RELEASE")),
		   "%s", lkl_kernel_version());
	CHECK(lkl_features()[0]);

	/* A start that was refused is none. */
	IS(lkl_start(&too_small, &err), -LKL_EINVAL);
	CHECK(strstr(err.text, "memory"));
	IS(lkl_start(&too_large, NULL), -LKL_EINVAL);
	boot(0);
	IS(lkl_sys_getpid(), 1);
	err.text[0] = '\0';
	IS(lkl_start(NULL, &err), -LKL_EALREADY);
	CHECK(err.text[0]);
	IS(lkl_sys_getpid(), 1);

	MUST(lkl_sys_pipe2(pipe_fds, 0));
	for (i = 0; i < 4; i++)
		REQUIRE(!pthread_create(&threads[i], NULL,
					i < 2 ? block : hammer, NULL));
	while (atomic_load(&started) < 4)
		;
	for (i = 0; i < 2; i++)
		REQUIRE(wait_until_asleep(tids[i]));
	OK(lkl_halt());
	for (i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);

	check_not_running();
	REQUIRE(!pthread_create(&threads[0], NULL, call_after_halt, NULL));
	pthread_join(threads[0], NULL);
	return check_exit();
}

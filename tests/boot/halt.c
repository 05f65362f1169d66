// SPDX-License-Identifier: GPL-2.0-only
/*
 * halt.c - lkl_halt() works when the kernel can make no task any more, and after
 * a boot that failed.  The next start works.
 *
 * allow-log: Kernel panic
 */
#include <pthread.h>

#include "boot.h"

static void *halt_in_thread(void *arg)
{
	/* No room for a task of this thread. */
	IS(lkl_sys_getpid(), -LKL_ENOMEM);
	OK(lkl_halt());
	return arg;
}

static void halt_without_tasks(void)
{
	pthread_t thread;
	long fd;

	boot(0);
	CHECK(kernel_memory_is_mapped());
	OK(make_dir("/proc"));
	OK(lkl_sys_mount("proc", "/proc", "proc", 0, NULL));
	fd = MUST(open_file("/proc/sys/kernel/threads-max", LKL_O_WRONLY));
	IS(lkl_sys_write((unsigned int)fd, "20", 2), 2);
	REQUIRE(!pthread_create(&thread, NULL, halt_in_thread, NULL));
	pthread_join(thread, NULL);
	IS(lkl_sys_getpid(), -LKL_ENXIO);
	CHECK(!kernel_memory_is_mapped());
}

static void failed_boot(void)
{
	struct lkl_options options = {
		.size = sizeof(options),
		.params = "rdinit=/none",
		.log = boot_log,
	};
	struct lkl_error err = { "" };
	int i;

	for (i = 0; i < 3; i++) {
		IS(lkl_start(&options, &err), -LKL_ENOTRECOVERABLE);
		CHECK(strstr(err.text, "panicked"));
		CHECK(!kernel_memory_is_mapped());
		IS(lkl_sys_getpid(), -LKL_ENXIO);
		IS(lkl_halt(), -LKL_ENXIO);
	}
	boot(0);
	IS(lkl_sys_getpid(), 1);
	OK(lkl_halt());
}

int main(void)
{
	halt_without_tasks();
	failed_boot();
	boot(0);
	IS(lkl_sys_getpid(), 1);
	OK(lkl_halt());
	CHECK(!kernel_memory_is_mapped());
	return check_exit();
}

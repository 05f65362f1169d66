/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stack-overflow.c - a kernel task that overflows its stack hits the guard
 * page: the panic says so, and no other memory is overwritten.
 *
 * Linked with the kernel of lkl/arch/configs/kunit.config, whose LKDTM driver
 * crashes it on demand.
 *
 * allow-log: kernel stack overflow
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lkl.h"

static char message[256];

static void panic(const char *text, void *opaque)
{
	(void)opaque;
	snprintf(message, sizeof(message), "%s", text);
}

static int fail(const char *what, long got)
{
	printf("%s: %ld\n", what, got);
	return 1;
}

int main(void)
{
	static const char crash[] = "EXHAUST_STACK";
	const struct lkl_options options = {
		.size = sizeof(options),
		.params = "kunit.enable=0",
		.panic = panic,
		.flags = LKL_CATCH_FAULTS,
	};
	struct lkl_error err;
	long fd, ret;

	if (lkl_start(&options, &err)) {
		printf("start: %s\n", err.text);
		return 1;
	}
	ret = lkl_sys_mkdirat(LKL_AT_FDCWD, "/debug", 0700);
	if (ret)
		return fail("mkdir", ret);
	ret = lkl_sys_mount("debugfs", "/debug", "debugfs", 0, NULL);
	if (ret)
		return fail("mount debugfs", ret);
	fd = lkl_sys_openat(LKL_AT_FDCWD, "/debug/provoke-crash/DIRECT",
			    LKL_O_WRONLY, 0);
	if (fd < 0)
		return fail("open", fd);
	ret = lkl_sys_write(fd, crash, strlen(crash));
	if (ret != -ENOTRECOVERABLE)
		return fail("write returned", ret);
	printf("panic: %s\n", message);
	if (!strstr(message, "kernel stack overflow"))
		return fail("another panic than expected", 0);
	/* The process lives, and the library says what it is now. */
	ret = lkl_sys_getpid();
	if (ret != -ENOTRECOVERABLE)
		return fail("getpid returned", ret);
	return 0;
}

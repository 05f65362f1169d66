// SPDX-License-Identifier: GPL-2.0-only
/*
 * null-call.c - measures a system call that does nothing.
 *
 * Usage: null-call library|host CALLS
 */
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"

int main(int argc, char **argv)
{
	unsigned long calls, i;
	double start;

	if (argc != 3)
		return 2;
	calls = strtoul(argv[2], NULL, 10);
	if (!strcmp(argv[1], "host")) {
		start = now();
		for (i = 0; i < calls; i++)
			syscall(SYS_getppid);
		print_ns(now() - start, calls);
		return 0;
	}
	start_kernel();
	lkl_sys_getppid();
	start = now();
	for (i = 0; i < calls; i++)
		lkl_sys_getppid();
	print_ns(now() - start, calls);
	return lkl_halt() < 0;
}

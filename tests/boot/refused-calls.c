// SPDX-License-Identifier: GPL-2.0-only
/*
 * refused-calls.c - system calls that need a user process return ENOSYS, and so
 * do the numbers of the library's own calls.
 */
#include <limits.h>

#include "boot.h"

int main(void)
{
	const char *argv[] = { "/init", NULL };
	const long none[6] = { 0 };
	struct lkl_clone_args clone = { .exit_signal = 17 };
	char cwd[64];
	long nr;

	boot(0);
	IS(lkl_sys_exit(0), -LKL_ENOSYS);
	IS(lkl_sys_exit_group(0), -LKL_ENOSYS);
	IS(lkl_syscall(LKL___NR_clone, none), -LKL_ENOSYS);
	IS(lkl_sys_clone3(&clone, sizeof(clone)), -LKL_ENOSYS);
	IS(lkl_sys_execve("/init", argv, argv + 1), -LKL_ENOSYS);
	IS(lkl_sys_execveat(LKL_AT_FDCWD, "/init", argv, argv + 1, 0),
	   -LKL_ENOSYS);
	IS(lkl_syscall(LKL___NR_rt_sigreturn, none), -LKL_ENOSYS);
	IS(lkl_sys_mmap(0, 4096, 3, 0x22, ~0ul, 0), -LKL_ENOSYS);

	IS(lkl_syscall(-1, none), -LKL_ENOSYS);
	IS(lkl_syscall(LONG_MIN, none), -LKL_ENOSYS);
	IS(lkl_syscall(LONG_MAX, none), -LKL_ENOSYS);
	/* No kernel has so many calls yet. */
	for (nr = 512; nr < 2000; nr++)
		IS(lkl_syscall(nr, none), -LKL_ENOSYS);
	/* Halting the kernel is among these. */
	for (nr = 0x10000; nr < 0x10100; nr++)
		IS(lkl_syscall(nr, none), -LKL_ENOSYS);
	/* Calls that this configuration leaves out. */
	IS(lkl_syscall(LKL___NR_socket, none), -LKL_ENOSYS);
	IS(lkl_syscall(LKL___NR_init_module, none), -LKL_ENOSYS);

	/* After all that. */
	IS(lkl_sys_getpid(), 1);
	IS(lkl_sys_getcwd(cwd, sizeof(cwd)), 2);
	CHECK(!strcmp(cwd, "/"));
	OK(lkl_halt());
	return check_exit();
}

/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * There is no user mode, hence there are no user registers.
 */
#ifndef _UAPI_ASM_LKL_PTRACE_H
#define _UAPI_ASM_LKL_PTRACE_H

struct user_regs_struct {
	unsigned long unused;
};

#endif

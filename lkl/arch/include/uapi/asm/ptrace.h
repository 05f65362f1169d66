/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * ptrace.h - user registers: there are none, as there is no user mode.
 */
#ifndef _UAPI_ASM_LKL_PTRACE_H
#define _UAPI_ASM_LKL_PTRACE_H

struct user_regs_struct {
	unsigned long unused;
};

#endif

/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * sigcontext.h - registers in a signal frame.
 *
 * The kernel never runs a signal handler, so the frame only has to compile.
 */
#ifndef _UAPI_ASM_LKL_SIGCONTEXT_H
#define _UAPI_ASM_LKL_SIGCONTEXT_H

#include <asm/ptrace.h>

struct sigcontext {
	struct user_regs_struct sc_regs;
};

#endif

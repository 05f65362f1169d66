/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Signals are never delivered to a handler, so a signal frame has no
 * registers to keep.
 */
#ifndef _UAPI_ASM_LKL_SIGCONTEXT_H
#define _UAPI_ASM_LKL_SIGCONTEXT_H

#include <asm/ptrace.h>

struct sigcontext {
	struct user_regs_struct sc_regs;
};

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ptrace.h - registers of user mode, which does not exist here.
 */
#ifndef _ASM_LKL_PTRACE_H
#define _ASM_LKL_PTRACE_H

#include <uapi/asm/ptrace.h>

#ifndef __ASSEMBLY__

/* No trap ever saves registers; generic code wants a place to look at. */
struct pt_regs {
	unsigned long unused;
};

extern struct pt_regs lkl_pt_regs;

#define user_mode(regs)			0
#define instruction_pointer(regs)	0UL
#define user_stack_pointer(regs)	0UL
#define profile_pc(regs)		0UL
#define current_pt_regs()		(&lkl_pt_regs)

#endif

#endif

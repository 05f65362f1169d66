/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mmu_context.h - a switch of address spaces does nothing: all tasks see the
 * memory of the host process.
 */
#ifndef _ASM_LKL_MMU_CONTEXT_H
#define _ASM_LKL_MMU_CONTEXT_H

#include <asm-generic/mm_hooks.h>

static inline void switch_mm(struct mm_struct *prev, struct mm_struct *next,
			     struct task_struct *tsk)
{
}

#include <asm-generic/mmu_context.h>

#endif

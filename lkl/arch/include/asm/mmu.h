/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mmu.h - an address space needs no state of the architecture.
 */
#ifndef _ASM_LKL_MMU_H
#define _ASM_LKL_MMU_H

typedef struct {
} mm_context_t;

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tlb.h - the generic way to free page tables.
 */
#ifndef _ASM_LKL_TLB_H
#define _ASM_LKL_TLB_H

#include <linux/pagemap.h>
#include <asm/tlbflush.h>
#include <asm-generic/tlb.h>

#endif

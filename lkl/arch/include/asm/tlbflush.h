/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tlbflush.h - removes host mappings of the vmalloc area.
 *
 * No other page tables have mappings on the host, so the other flushes do
 * nothing.
 */
#ifndef _ASM_LKL_TLBFLUSH_H
#define _ASM_LKL_TLBFLUSH_H

#include <linux/mm_types.h>

void flush_tlb_kernel_range(unsigned long start, unsigned long end);

static inline void flush_tlb_all(void) { }
static inline void flush_tlb_mm(struct mm_struct *mm) { }
static inline void flush_tlb_page(struct vm_area_struct *vma,
				  unsigned long addr) { }
static inline void flush_tlb_range(struct vm_area_struct *vma,
				   unsigned long start, unsigned long end) { }

#endif

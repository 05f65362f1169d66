/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pgalloc.h - allocates and frees page tables, with the generic code.
 */
#ifndef _ASM_LKL_PGALLOC_H
#define _ASM_LKL_PGALLOC_H

#include <linux/mm.h>

#define __HAVE_ARCH_PUD_FREE
#define __HAVE_ARCH_PTE_ALLOC_ONE_KERNEL
#include <asm-generic/pgalloc.h>
#include <asm/setup.h>

/*
 * A vmalloc() that needs a new table is a large one, or the first in a while.
 * It can fail here.  Later it needs mappings of the host and cannot fail.
 */
static inline pte_t *pte_alloc_one_kernel(struct mm_struct *mm)
{
	return lkl_mappings_are_low() ? NULL : __pte_alloc_one_kernel(mm);
}

static inline void pmd_populate_kernel(struct mm_struct *mm, pmd_t *pmd,
				       pte_t *pte)
{
	set_pmd(pmd, __pmd(__pa(pte) | _PAGE_TABLE));
}

static inline void pmd_populate(struct mm_struct *mm, pmd_t *pmd, pgtable_t pte)
{
	set_pmd(pmd, __pmd(page_to_phys(pte) | _PAGE_TABLE));
}

static inline void pud_populate(struct mm_struct *mm, pud_t *pud, pmd_t *pmd)
{
	set_pud(pud, __pud(__pa(pmd) | _PAGE_TABLE));
}

static inline void p4d_populate(struct mm_struct *mm, p4d_t *p4d, pud_t *pud)
{
	set_p4d(p4d, __p4d(__pa(pud) | _PAGE_TABLE));
}

static inline void pud_free(struct mm_struct *mm, pud_t *pud)
{
	__pud_free(mm, pud);
}

/* Kernel addresses are looked up in init_mm only: nothing to copy. */
static inline pgd_t *pgd_alloc(struct mm_struct *mm)
{
	return __pgd_alloc(mm, 0);
}

#define __pte_free_tlb(tlb, table, addr) \
	lkl_table_free_tlb(tlb, pte, page_ptdesc(table))
#define __pmd_free_tlb(tlb, table, addr) \
	lkl_table_free_tlb(tlb, pmd, virt_to_ptdesc(table))
#define __pud_free_tlb(tlb, table, addr) \
	lkl_table_free_tlb(tlb, pud, virt_to_ptdesc(table))

#endif

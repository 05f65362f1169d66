/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pgtable.h - four levels of page tables, which no hardware reads.
 *
 * mm/vmap.c reads those of the vmalloc area and makes the same mappings on the
 * host.  Those of user addresses exist because generic code needs them.
 */
#ifndef _ASM_LKL_PGTABLE_H
#define _ASM_LKL_PGTABLE_H

#include <linux/const.h>
#include <asm-generic/pgtable-nop4d.h>
#include <asm/page.h>
#include <lkl/compat.h>

#define PMD_SHIFT	21
#define PUD_SHIFT	30
#define PGDIR_SHIFT	39

#define PMD_SIZE	(_AC(1, UL) << PMD_SHIFT)
#define PMD_MASK	(~(PMD_SIZE - 1))
#define PUD_SIZE	(_AC(1, UL) << PUD_SHIFT)
#define PUD_MASK	(~(PUD_SIZE - 1))
#define PGDIR_SIZE	(_AC(1, UL) << PGDIR_SHIFT)
#define PGDIR_MASK	(~(PGDIR_SIZE - 1))

#define PTRS_PER_PTE	512
#define PTRS_PER_PMD	512
#define PTRS_PER_PUD	512
#define PTRS_PER_PGD	512
#define USER_PTRS_PER_PGD	(TASK_SIZE / PGDIR_SIZE)

#define _PAGE_PRESENT		0x001
#define _PAGE_PROTNONE		0x002
#define _PAGE_WRITE		0x004
#define _PAGE_EXEC		0x008
#define _PAGE_USER		0x010
#define _PAGE_ACCESSED		0x020
#define _PAGE_DIRTY		0x040
/* Valid in a swap entry only. */
#define _PAGE_SWP_EXCLUSIVE	0x080

#define _PAGE_TABLE	(_PAGE_PRESENT | _PAGE_WRITE | _PAGE_USER | \
			 _PAGE_ACCESSED | _PAGE_DIRTY)
#define _PAGE_CHG_MASK	(PAGE_MASK | _PAGE_ACCESSED | _PAGE_DIRTY)

#define _PAGE_BASE	(_PAGE_PRESENT | _PAGE_ACCESSED)

#define PAGE_NONE		__pgprot(_PAGE_PROTNONE | _PAGE_ACCESSED)
#define PAGE_SHARED		__pgprot(_PAGE_BASE | _PAGE_USER | _PAGE_WRITE)
#define PAGE_SHARED_EXEC	__pgprot(_PAGE_BASE | _PAGE_USER | \
					 _PAGE_WRITE | _PAGE_EXEC)
#define PAGE_READONLY		__pgprot(_PAGE_BASE | _PAGE_USER)
#define PAGE_READONLY_EXEC	__pgprot(_PAGE_BASE | _PAGE_USER | _PAGE_EXEC)
#define PAGE_KERNEL		__pgprot(_PAGE_BASE | _PAGE_WRITE | _PAGE_DIRTY)
#define PAGE_KERNEL_RO		__pgprot(_PAGE_BASE | _PAGE_DIRTY)
#define PAGE_KERNEL_EXEC	__pgprot(_PAGE_BASE | _PAGE_WRITE | \
					 _PAGE_DIRTY | _PAGE_EXEC)

#ifndef __ASSEMBLY__

#include <linux/mm_types.h>

extern pgd_t swapper_pg_dir[PTRS_PER_PGD];

/* Addresses that the host library reserved: see mm/vmap.c. */
extern unsigned long lkl_vmalloc_start;
extern unsigned long lkl_vmalloc_end;

#define VMALLOC_START	lkl_vmalloc_start
#define VMALLOC_END	lkl_vmalloc_end

/* The first page of memory stays zeroed: see setup_arch(). */
#define lkl_zero_page()		pfn_to_page(0)

#define pte_ERROR(e)	pr_err("%s:%d: bad pte %016lx\n", __FILE__, __LINE__, \
			       pte_val(e))
#define pmd_ERROR(e)	pr_err("%s:%d: bad pmd %016lx\n", __FILE__, __LINE__, \
			       pmd_val(e))
#define pud_ERROR(e)	pr_err("%s:%d: bad pud %016lx\n", __FILE__, __LINE__, \
			       pud_val(e))
#define pgd_ERROR(e)	pr_err("%s:%d: bad pgd %016lx\n", __FILE__, __LINE__, \
			       pgd_val(e))

/* Page table entries. */

#define PFN_PTE_SHIFT	PAGE_SHIFT
#define pte_pfn(pte)		(pte_val(pte) >> PAGE_SHIFT)
#define pfn_pte(pfn, prot)	__pte(((unsigned long)(pfn) << PAGE_SHIFT) | \
				      pgprot_val(prot))
#define pte_page(pte)		pfn_to_page(pte_pfn(pte))

static inline void set_pte(pte_t *ptep, pte_t pte)
{
	WRITE_ONCE(*ptep, pte);
}

static inline void pte_clear(struct mm_struct *mm, unsigned long addr,
			     pte_t *ptep)
{
	set_pte(ptep, __pte(0));
}

#define LKL_PTE_TEST(name, bits)					\
static inline int pte_##name(pte_t pte)					\
{									\
	return (pte_val(pte) & (bits)) != 0;				\
}
LKL_PTE_TEST(present, _PAGE_PRESENT | _PAGE_PROTNONE)
LKL_PTE_TEST(write, _PAGE_WRITE)
LKL_PTE_TEST(exec, _PAGE_EXEC)
LKL_PTE_TEST(dirty, _PAGE_DIRTY)
LKL_PTE_TEST(young, _PAGE_ACCESSED)
LKL_PTE_TEST(swp_exclusive, _PAGE_SWP_EXCLUSIVE)
#undef LKL_PTE_TEST

#define LKL_PTE_CHANGE(name, op)					\
static inline pte_t pte_##name(pte_t pte)				\
{									\
	return __pte(pte_val(pte) op);					\
}
LKL_PTE_CHANGE(wrprotect, & ~_PAGE_WRITE)
LKL_PTE_CHANGE(mkwrite_novma, | _PAGE_WRITE)
LKL_PTE_CHANGE(mkclean, & ~_PAGE_DIRTY)
LKL_PTE_CHANGE(mkdirty, | _PAGE_DIRTY)
LKL_PTE_CHANGE(mkold, & ~_PAGE_ACCESSED)
LKL_PTE_CHANGE(mkyoung, | _PAGE_ACCESSED)
LKL_PTE_CHANGE(swp_mkexclusive, | _PAGE_SWP_EXCLUSIVE)
LKL_PTE_CHANGE(swp_clear_exclusive, & ~_PAGE_SWP_EXCLUSIVE)
#undef LKL_PTE_CHANGE

static inline int pte_none(pte_t pte)
{
	return pte_val(pte) == 0;
}

static inline pte_t pte_modify(pte_t pte, pgprot_t prot)
{
	return __pte((pte_val(pte) & _PAGE_CHG_MASK) | pgprot_val(prot));
}

/* The tables above: entries that point to a table, never to a large page. */

#define LKL_TABLE_LEVEL(level)						\
static inline int level##_none(level##_t e)				\
{									\
	return level##_val(e) == 0;					\
}									\
static inline int level##_present(level##_t e)				\
{									\
	return level##_val(e) & _PAGE_PRESENT;				\
}									\
static inline int level##_bad(level##_t e)				\
{									\
	return (level##_val(e) & ~PAGE_MASK) != _PAGE_TABLE;		\
}									\
static inline void set_##level(level##_t *ep, level##_t e)		\
{									\
	WRITE_ONCE(*ep, e);						\
}									\
static inline void level##_clear(level##_t *ep)				\
{									\
	set_##level(ep, __##level(0));					\
}
LKL_TABLE_LEVEL(pmd)
LKL_TABLE_LEVEL(pud)
#undef LKL_TABLE_LEVEL

/* With p4d folded, the generic code names the top level p4d. */
#define p4d_none(e)		(p4d_val(e) == 0)
#define p4d_present(e)		(p4d_val(e) & _PAGE_PRESENT)
#define p4d_bad(e)		((p4d_val(e) & ~PAGE_MASK) != _PAGE_TABLE)
#define set_p4d(ep, e)		WRITE_ONCE(*(ep), (e))
#define p4d_clear(ep)		set_p4d(ep, __p4d(0))

#define pmd_pfn(pmd)		(pmd_val(pmd) >> PAGE_SHIFT)
#define pmd_page(pmd)		pfn_to_page(pmd_pfn(pmd))
#define pmd_page_vaddr(pmd)	((unsigned long)__va(pmd_val(pmd) & PAGE_MASK))
#define pud_pfn(pud)		(pud_val(pud) >> PAGE_SHIFT)
#define pud_page(pud)		pfn_to_page(pud_pfn(pud))

static inline pmd_t *pud_pgtable(pud_t pud)
{
	return __va(pud_val(pud) & PAGE_MASK);
}

static inline pud_t *p4d_pgtable(p4d_t p4d)
{
	return __va(p4d_val(p4d) & PAGE_MASK);
}
#define p4d_page(p4d)		virt_to_page(p4d_pgtable(p4d))

/* Swap entries: bits 8-12 the type, from 13 the offset. */
#define __swp_type(x)			(((x).val >> 8) & 0x1f)
#define __swp_offset(x)			((x).val >> 13)
#define __swp_entry(type, offset)	((swp_entry_t) { \
		((unsigned long)((type) & 0x1f) << 8) | \
		((unsigned long)(offset) << 13) })
#define __pte_to_swp_entry(pte)		((swp_entry_t) { pte_val(pte) })
#define __swp_entry_to_pte(x)		__pte((x).val)

#define update_mmu_cache(vma, addr, ptep)			do { } while (0)
#define update_mmu_cache_range(vmf, vma, addr, ptep, nr)	do { } while (0)

#endif

#endif

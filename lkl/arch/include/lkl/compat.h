/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * compat.h - differences between the kernel versions that this port builds on.
 *
 * The overlay is written for the newest kernel.  This header gives an older
 * kernel the interfaces of the newest one.  Each entry begins with the version
 * that made the change, and goes away with the last version before it.
 *
 * Linux 6.12 and 7.3 are built and tested.  The versions between are not; for
 * them the entries go by the history of Linux.
 *
 * Kconfig has one more entry, LKL_LIB_CRC in arch/lkl/Kconfig, and the lines
 * "since" and "before" in arch/lkl/configs say which options come and go.
 */
#ifndef _LKL_COMPAT_H
#define _LKL_COMPAT_H

#include <linux/version.h>

#define LKL_BEFORE(major, minor) \
	(LINUX_VERSION_CODE < KERNEL_VERSION(major, minor, 0))

/* 6.13: <vdso/page.h> derives the page size from the configuration. */
#if LKL_BEFORE(6, 13)
#include <linux/const.h>
#define PAGE_SHIFT	CONFIG_PAGE_SHIFT
#define PAGE_SIZE	(_AC(1, UL) << PAGE_SHIFT)
#define PAGE_MASK	(~(PAGE_SIZE - 1))
#else
#include <vdso/page.h>
#endif

/* 6.13: <asm-generic/memory_model.h> has these two. */
#if LKL_BEFORE(6, 13)
#define page_to_phys(page)	(page_to_pfn(page) << PAGE_SHIFT)
#define phys_to_page(phys)	pfn_to_page((phys) >> PAGE_SHIFT)
#endif

/* 6.14: the generic code has a constructor for top-level page tables. */
#if LKL_BEFORE(6, 14)
#define __pgd_alloc(mm, order) \
	((pgd_t *)__get_free_pages(GFP_KERNEL | __GFP_ZERO, (order)))
#endif

/* 6.14: tlb_remove_ptdesc() runs the destructor of any page table. */
#if LKL_BEFORE(6, 14)
#define lkl_table_free_tlb(tlb, level, ptdesc)			\
do {								\
	pagetable_##level##_dtor(ptdesc);			\
	tlb_remove_page_ptdesc((tlb), (ptdesc));		\
} while (0)
#else
#define lkl_table_free_tlb(tlb, level, ptdesc)	\
	tlb_remove_ptdesc((tlb), (ptdesc))
#endif

/* 6.15: mm frees the memory of boot itself, and mem_init() may be empty. */
#if LKL_BEFORE(6, 15)
#define lkl_memblock_free_all()					\
do {								\
	set_max_mapnr(max_low_pfn);				\
	memblock_free_all();					\
} while (0)
#else
#define lkl_memblock_free_all()	do { } while (0)
#endif

/* 6.16: <linux/mm.h> has mk_pte(). */
#if LKL_BEFORE(6, 16)
#define mk_pte(page, prot)	pfn_pte(page_to_pfn(page), (prot))
#endif

/* 7.0: mm calls arch_zone_limits_init() and free_area_init() itself. */
#if LKL_BEFORE(7, 0)
#define lkl_free_area_init()					\
do {								\
	unsigned long max_zone_pfn[MAX_NR_ZONES] = { 0 };	\
								\
	arch_zone_limits_init(max_zone_pfn);			\
	free_area_init(max_zone_pfn);				\
} while (0)
#else
#define lkl_free_area_init()	do { } while (0)
#endif

/*
 * 7.1: the zero page is a variable of the generic code.  By default that is a
 * page of the kernel's .bss, which has no struct page here.
 */
#if LKL_BEFORE(7, 1)
#define ZERO_PAGE(vaddr)		lkl_zero_page()
#define lkl_set_zero_page(page)		((void)(page))
#else
#define lkl_set_zero_page(page)		(__zero_page = (page))
#endif

/*
 * 7.1: lib/raid asks Kconfig for the architecture.  Before, lib/raid6 takes
 * the compiler's __x86_64__ for arch/x86 and wants that architecture's
 * functions; so this one module is compiled without that macro.
 */
#if LKL_BEFORE(7, 1)
#define LKL_MODULE_kmod_raid6_pq	0,
#define LKL_IS_MODULE__(junk)	__take_second_arg(junk 1, 0)
#define LKL_IS_MODULE_(name)	LKL_IS_MODULE__(LKL_MODULE_##name)
#define LKL_IS_MODULE(name)	LKL_IS_MODULE_(name)
#if LKL_IS_MODULE(__KBUILD_MODNAME)
#undef __x86_64__
#endif
#endif

#endif

// SPDX-License-Identifier: GPL-2.0-only
/*
 * init.c - tells the kernel about its memory: one zone, which is the direct
 * map.
 */
#include <linux/init.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <asm/pgalloc.h>
#include <asm/setup.h>

pgd_t swapper_pg_dir[PTRS_PER_PGD] __page_aligned_bss;

/*
 * Pages that can be moved are kept apart from others for compaction, which this kernel
 * does not have.  With little memory, keeping them apart means a search for a block to
 * take over at many allocations.  build_all_zonelists() sets the flag by the amount of
 * memory.  So this runs twice: before free_area_init(), which sets the types of the
 * blocks, and after build_all_zonelists().
 */
static void __init disable_grouping_by_mobility(void)
{
	page_group_by_mobility_disabled = 1;
}

void __init lkl_paging_init(void)
{
	disable_grouping_by_mobility();
	min_low_pfn = 0;
	max_low_pfn = max_pfn = lkl_memory_size >> PAGE_SHIFT;
	high_memory = __va(lkl_memory_size);

	lkl_free_area_init();
	lkl_vmap_init();
}

void __init arch_zone_limits_init(unsigned long *max_zone_pfn)
{
	max_zone_pfn[ZONE_NORMAL] = max_low_pfn;
}

void __init mem_init(void)
{
	disable_grouping_by_mobility();
	lkl_memblock_free_all();
}

void __init arch_setup_zero_pages(void)
{
	lkl_set_zero_page(lkl_zero_page());
}

/* Nothing to free: the init sections belong to the shared library's mapping. */
void free_initmem(void)
{
}

static const pgprot_t protection_map[16] = {
	[VM_NONE]					= PAGE_NONE,
	[VM_READ]					= PAGE_READONLY,
	[VM_WRITE]					= PAGE_READONLY,
	[VM_WRITE | VM_READ]				= PAGE_READONLY,
	[VM_EXEC]					= PAGE_READONLY_EXEC,
	[VM_EXEC | VM_READ]				= PAGE_READONLY_EXEC,
	[VM_EXEC | VM_WRITE]				= PAGE_READONLY_EXEC,
	[VM_EXEC | VM_WRITE | VM_READ]			= PAGE_READONLY_EXEC,
	[VM_SHARED]					= PAGE_NONE,
	[VM_SHARED | VM_READ]				= PAGE_READONLY,
	[VM_SHARED | VM_WRITE]				= PAGE_SHARED,
	[VM_SHARED | VM_WRITE | VM_READ]		= PAGE_SHARED,
	[VM_SHARED | VM_EXEC]				= PAGE_READONLY_EXEC,
	[VM_SHARED | VM_EXEC | VM_READ]			= PAGE_READONLY_EXEC,
	[VM_SHARED | VM_EXEC | VM_WRITE]		= PAGE_SHARED_EXEC,
	[VM_SHARED | VM_EXEC | VM_WRITE | VM_READ]	= PAGE_SHARED_EXEC,
};
DECLARE_VM_GET_PAGE_PROT

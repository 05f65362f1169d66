// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmap.c - makes host mappings for the vmalloc area.
 *
 * The kernel changes its page tables.  Then it flushes the caches of new
 * entries, or the TLB of old ones, often of many at once.  At these moments
 * this file adds and removes the host mappings.  Before the TLB flush an old
 * mapping stays visible, as a stale TLB entry would.
 */
#include <linux/bitmap.h>
#include <linux/jiffies.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>
#include <asm/cacheflush.h>
#include <asm/setup.h>
#include <asm/tlbflush.h>
#include <asm/vcpu.h>

/* A bit for each page of the vmalloc area: the host has a mapping of it. */
static unsigned long *mapped;

/*
 * The host limits the number of its mappings.  It keeps some in reserve, and
 * says when it had to take of them.  Then:
 *
 * - Tasks for the program's threads are refused (kernel/process.c), and so are
 *   new disks and mounts (by the host library).
 * - Caches are emptied, for their memory may be mapped: xfs keeps its buffers
 *   so.
 * - When the reserve is low, kernel threads and vmallocs that need new page
 *   tables are refused, too (asm/pgalloc.h).
 *
 * vmalloc() cannot fail any more when its memory is mapped.  If nothing is left
 * of the reserve either, wait for mappings, and write back what is dirty.  Panic
 * if there are still none when no more is being written.
 */
#define PAUSE		(HZ / 50 ?: 1)
#define PATIENCE	250		/* pauses in vain: five seconds */
#define WRITE_AFTER	10		/* pauses */

static enum lkl_reserve reserve;
static struct workqueue_struct *free_queue;

static void free_mappings(struct work_struct *work)
{
	drop_slab();
	vm_unmap_aliases();
}
static DECLARE_WORK(free_work, free_mappings);

/* The host's last answer about its reserve of mappings. */
static void note_reserve(int ret)
{
	static unsigned long again;

	if (ret < 0)
		return;
	if (ret && free_queue && (!reserve || time_after(jiffies, again))) {
		again = jiffies + HZ;
		queue_work(free_queue, &free_work);
	}
	reserve = ret;
}

static enum lkl_reserve current_reserve(void)
{
	/* It may have got better without our doing. */
	if (reserve)
		note_reserve(lkl_ops->unmap(VMALLOC_START, 0));
	return reserve;
}

bool lkl_mappings_are_short(void)
{
	return current_reserve() != LKL_RESERVE_WHOLE;
}

bool lkl_mappings_are_low(void)
{
	return current_reserve() == LKL_RESERVE_LOW;
}

static int __init free_queue_init(void)
{
	/* With a thread that is there already when it is needed. */
	free_queue = alloc_workqueue("lkl_vmap", WQ_MEM_RECLAIM | WQ_UNBOUND,
				     1);
	return free_queue ? 0 : -ENOMEM;
}
core_initcall(free_queue_init);

/* A range of pages that is contiguous in physical memory too. */
struct run {
	unsigned long virt, phys, len;
	int writable;
};

static unsigned long page_index(unsigned long addr)
{
	return (addr - VMALLOC_START) >> PAGE_SHIFT;
}

/* Map @run when the host has mappings again: the result of that, or -ENOMEM. */
static int map_run_later(const struct run *run)
{
	unsigned long written = lkl_pages_written(), now;
	unsigned int in_vain = 0, pauses;
	int ret;

	for (pauses = 0;; pauses++) {
		note_reserve(LKL_RESERVE_LOW);
		vm_unmap_aliases();
		ret = lkl_ops->map(run->virt, run->phys, run->len,
				   run->writable);
		if (ret != -ENOMEM || in_vain++ == PATIENCE)
			return ret;
		if (pauses % WRITE_AFTER == 0)
			lkl_write_back();
		schedule_timeout_uninterruptible(PAUSE);
		now = lkl_pages_written();
		if (now != written)
			in_vain = 0;
		written = now;
	}
}

static void map_run(struct run *run)
{
	int ret;

	if (!run->len)
		return;
	ret = lkl_ops->map(run->virt, run->phys, run->len, run->writable);
	if (ret == -ENOMEM && free_queue)
		ret = map_run_later(run);
	note_reserve(ret);
	if (ret < 0)
		panic("cannot map %lu bytes of kernel memory: host error %d%s",
		      run->len, ret,
		      ret == -ENOMEM ? " (vm.max_map_count?)" : "");
	bitmap_set(mapped, page_index(run->virt), run->len >> PAGE_SHIFT);
	run->len = 0;
}

static void add_page(struct run *run, unsigned long virt, pte_t pte)
{
	unsigned long phys = pte_pfn(pte) << PAGE_SHIFT;
	int writable = pte_write(pte);

	if (run->len && run->phys + run->len == phys &&
	    run->virt + run->len == virt && run->writable == writable) {
		run->len += PAGE_SIZE;
		return;
	}
	map_run(run);
	*run = (struct run) { virt, phys, PAGE_SIZE, writable };
}

static pte_t *kernel_pte(unsigned long addr)
{
	pgd_t *pgd = pgd_offset_k(addr);
	p4d_t *p4d = p4d_offset(pgd, addr);
	pud_t *pud;
	pmd_t *pmd;

	if (p4d_none(*p4d))
		return NULL;
	pud = pud_offset(p4d, addr);
	if (pud_none(*pud))
		return NULL;
	pmd = pmd_offset(pud, addr);
	if (pmd_none(*pmd))
		return NULL;
	return pte_offset_kernel(pmd, addr);
}

/* Map the pages that the page tables have in [start, end). */
void lkl_vmap(unsigned long start, unsigned long end)
{
	struct run run = { };
	pte_t *pte = NULL;
	unsigned long addr;

	for (addr = start & PAGE_MASK; addr < end; addr += PAGE_SIZE) {
		if (!pte || !(addr & ~PMD_MASK))
			pte = kernel_pte(addr);
		if (pte) {
			if (pte_present(*pte))
				add_page(&run, addr, *pte);
			pte++;
		}
	}
	map_run(&run);
}

static bool is_stale(unsigned long index)
{
	pte_t *pte = kernel_pte(VMALLOC_START + (index << PAGE_SHIFT));

	return !pte || !pte_present(*pte);
}

/*
 * Unmap the pages that have no entry any more.  The kernel flushes one range
 * for all the areas that it freed, so the range may hold areas that are in use.
 */
void flush_tlb_kernel_range(unsigned long start, unsigned long end)
{
	unsigned long first, last, i;
	int ret;

	start = max(start & PAGE_MASK, VMALLOC_START);
	end = min(PAGE_ALIGN(end), VMALLOC_END);
	if (start >= end)
		return;
	last = page_index(end);
	for (i = page_index(start);;) {
		i = find_next_bit(mapped, last, i);
		if (i >= last)
			break;
		if (!is_stale(i)) {
			i++;
			continue;
		}
		first = i;
		while (i < last && test_bit(i, mapped) && is_stale(i))
			i++;
		ret = lkl_ops->unmap(VMALLOC_START + (first << PAGE_SHIFT),
				     (i - first) << PAGE_SHIFT);
		note_reserve(ret);
		/* The next flush tries again to unmap what stays mapped. */
		if (ret >= 0)
			bitmap_clear(mapped, first, i - first);
	}
}

void __init lkl_vmap_init(void)
{
	unsigned long bits = (VMALLOC_END - VMALLOC_START) >> PAGE_SHIFT;

	mapped = memblock_alloc(BITS_TO_LONGS(bits) * sizeof(long), PAGE_SIZE);
	if (!mapped)
		panic("no memory for the map of the vmalloc area");
}

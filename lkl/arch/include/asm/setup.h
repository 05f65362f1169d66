/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * setup.h - functions of the boot, and the first stack frame of a fibre.
 */
#ifndef _ASM_LKL_SETUP_H
#define _ASM_LKL_SETUP_H

#include <uapi/asm/setup.h>

#ifndef __ASSEMBLY__

/* kernel/reboot.c */
void lkl_panic_init(void);
/* mm/init.c */
void lkl_paging_init(void);
void arch_zone_limits_init(unsigned long *max_zone_pfn);
void arch_setup_zero_pages(void);
/* mm/vmap.c */
void lkl_vmap_init(void);
/* Whether the host has no mappings to spare for what can be refused. */
bool lkl_mappings_are_short(void);
/* Whether the few that it has left are for what cannot fail. */
bool lkl_mappings_are_low(void);
/* mm/oom.c: begin to write what is dirty; does not wait. */
void lkl_write_back(void);
/* The number of pages that were written to disks. */
unsigned long lkl_pages_written(void);

/*
 * Lay out the stack at @stack (THREAD_SIZE bytes) so that switching to the
 * returned stack pointer calls @entry, which never returns.
 */
void *lkl_fiber_init(void *stack, void (*entry)(void));

#endif

#endif

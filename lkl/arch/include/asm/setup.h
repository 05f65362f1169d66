/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ASM_LKL_SETUP_H
#define _ASM_LKL_SETUP_H

#include <uapi/asm/setup.h>

#ifndef __ASSEMBLY__

/* mm/init.c */
void lkl_paging_init(void);
/* mm/vmap.c */
void lkl_vmap_init(void);
/* Whether the host has no mappings to spare for what can be refused. */
bool lkl_mappings_are_short(void);

/*
 * Lay out the stack at @stack (THREAD_SIZE bytes) so that switching to the
 * returned stack pointer calls @entry, which never returns.
 */
void *lkl_fiber_init(void *stack, void (*entry)(void));


#endif

#endif

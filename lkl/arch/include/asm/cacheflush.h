/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cacheflush.h - new mappings of the vmalloc area are made on the host when
 * the kernel would flush caches for them.
 */
#ifndef _ASM_LKL_CACHEFLUSH_H
#define _ASM_LKL_CACHEFLUSH_H

void lkl_vmap(unsigned long start, unsigned long end);

#define flush_cache_vmap(start, end)		lkl_vmap(start, end)
#define flush_cache_vmap_early(start, end)	lkl_vmap(start, end)

#include <asm-generic/cacheflush.h>

#endif

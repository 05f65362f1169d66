/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cacheflush.h - cache flushes of the vmalloc area make mappings on the host.
 *
 * The kernel flushes the caches of new vmalloc mappings.  At that moment
 * mm/vmap.c maps the same pages on the host.
 */
#ifndef _ASM_LKL_CACHEFLUSH_H
#define _ASM_LKL_CACHEFLUSH_H

void lkl_vmap(unsigned long start, unsigned long end);

#define flush_cache_vmap(start, end)		lkl_vmap(start, end)
#define flush_cache_vmap_early(start, end)	lkl_vmap(start, end)

#include <asm-generic/cacheflush.h>

#endif

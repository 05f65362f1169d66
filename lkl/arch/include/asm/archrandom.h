/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * archrandom.h - the host's random numbers seed those of the kernel.
 */
#ifndef _ASM_LKL_ARCHRANDOM_H
#define _ASM_LKL_ARCHRANDOM_H

#include <linux/types.h>
#include <asm/vcpu.h>

static inline size_t __must_check
arch_get_random_longs(unsigned long *v, size_t max_longs)
{
	return 0;
}

static inline size_t __must_check
arch_get_random_seed_longs(unsigned long *v, size_t max_longs)
{
	if (lkl_ops->random(v, max_longs * sizeof(*v)))
		return 0;
	return max_longs;
}

#endif

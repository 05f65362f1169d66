/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * simd.h - kernel code may use vector registers at any time.
 *
 * A host thread runs it, so these registers belong to it, and a switch of
 * fibres is a function call: the caller saves the vector registers.
 */
#ifndef _ASM_LKL_SIMD_H
#define _ASM_LKL_SIMD_H

#include <linux/types.h>

static __must_check inline bool may_use_simd(void)
{
	return true;
}

/* These are what lib/crc/x86 calls. */
#define irq_fpu_usable()	true
#define kernel_fpu_begin()	do { } while (0)
#define kernel_fpu_end()	do { } while (0)

#endif

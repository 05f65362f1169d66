/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cpufeatures.h - features of an x86-64 processor that lib/crc/x86 and
 * our glue for arch/x86/crypto ask for.
 *
 * The names are those of arch/x86.
 */
#ifndef _ASM_LKL_CPUFEATURES_H
#define _ASM_LKL_CPUFEATURES_H

#include <linux/types.h>

/* The leaf of CPUID, the register of its answer, the bit in that. */
#define LKL_CPUID_EBX	0
#define LKL_CPUID_ECX	1
#define LKL_CPUID(leaf, reg, bit)	((leaf) << 8 | (reg) << 5 | (bit))

#define X86_FEATURE_PCLMULQDQ	LKL_CPUID(1, LKL_CPUID_ECX, 1)
#define X86_FEATURE_XMM4_2	LKL_CPUID(1, LKL_CPUID_ECX, 20)
#define X86_FEATURE_AES		LKL_CPUID(1, LKL_CPUID_ECX, 25)
#define X86_FEATURE_OSXSAVE	LKL_CPUID(1, LKL_CPUID_ECX, 27)
#define X86_FEATURE_AVX		LKL_CPUID(1, LKL_CPUID_ECX, 28)
#define X86_FEATURE_AVX2	LKL_CPUID(7, LKL_CPUID_EBX, 5)
#define X86_FEATURE_AVX512BW	LKL_CPUID(7, LKL_CPUID_EBX, 30)
#define X86_FEATURE_AVX512VL	LKL_CPUID(7, LKL_CPUID_EBX, 31)
#define X86_FEATURE_VAES	LKL_CPUID(7, LKL_CPUID_ECX, 9)
#define X86_FEATURE_VPCLMULQDQ	LKL_CPUID(7, LKL_CPUID_ECX, 10)

/*
 * arch/x86 knows on which models the wide registers cost more than they give.
 * This port does not, so it always takes the narrower ones.
 */
#define X86_FEATURE_PREFER_YMM	LKL_CPUID(0, 0, 0)

static inline bool boot_cpu_has(unsigned int feature)
{
	u32 leaf = feature >> 8, eax = 0, ebx, ecx = 0, edx;

	if (feature == X86_FEATURE_PREFER_YMM)
		return true;
	asm volatile("cpuid"
		     : "+a" (eax), "=b" (ebx), "+c" (ecx), "=d" (edx));
	if (eax < leaf)
		return false;
	eax = leaf;
	ecx = 0;
	asm volatile("cpuid"
		     : "+a" (eax), "=b" (ebx), "+c" (ecx), "=d" (edx));
	return (((feature >> 5) & 7) == LKL_CPUID_ECX ? ecx : ebx) &
	       (1u << (feature & 31));
}

/* Registers that the host's kernel saves: XCR0 has a bit for each kind. */
#define XFEATURE_MASK_YMM	0x06
#define XFEATURE_MASK_AVX512	0xe6

static inline bool cpu_has_xfeatures(u64 mask, const char **unused)
{
	u32 low, high;

	if (!boot_cpu_has(X86_FEATURE_OSXSAVE))
		return false;
	asm volatile("xgetbv" : "=a" (low), "=d" (high) : "c" (0));
	return (low & mask) == mask;
}

#endif

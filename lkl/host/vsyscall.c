/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vsyscall.c - the C half of lkl_vsyscall(): the call itself, and the size of the
 * vector registers.
 */
#include <errno.h>

#include "lkl.h"
#include "thread.h"
#include "vsyscall.h"

#define ERRNO_MAX	4095

long vsyscall_call(long no, const long args[6])
{
	return thread_call(no < LKL_CALL_BASE ? no : -1, args);
}

long vsyscall_call_errno(long no, const long args[6])
{
	long ret = vsyscall_call(no, args);

	if (ret < 0 && ret >= -ERRNO_MAX) {
		errno = (int)-ret;
		ret = -1;
	}
	return ret;
}

#ifdef __x86_64__
#include <cpuid.h>

#define CPUID_1_OSXSAVE		(1u << 27)
#define CPUID_XSAVE		0xd
/*
 * x87, SSE, AVX and the three parts of AVX-512.  No code in the library uses
 * other components, such as the tiles of AMX.
 */
#define XSAVE_COMPONENTS	0xe7u
/* The legacy area and the header come before all other components. */
#define FXSAVE_SIZE		512u
#define XSAVE_SIZE_MIN		576u

uint32_t vsyscall_area_size, vsyscall_area_mask;

/* Threads that are first at the same time store the same values. */
__attribute__((target("general-regs-only"), no_sanitize("address"),
	       no_sanitize("thread"), no_sanitize("undefined")))
void vsyscall_measure(void)
{
	uint32_t a, b, c, d, i, low, high, mask = 0, size = FXSAVE_SIZE;

	__cpuid(1, a, b, c, d);
	if (c & CPUID_1_OSXSAVE) {
		__asm__("xgetbv" : "=a" (low), "=d" (high) : "c" (0));
		mask = low & XSAVE_COMPONENTS;
		size = XSAVE_SIZE_MIN;
		for (i = 2; i < 8; i++) {
			if (!(mask & 1u << i))
				continue;
			__cpuid_count(CPUID_XSAVE, i, a, b, c, d);
			if (a + b > size)
				size = a + b;
		}
	}
	__atomic_store_n(&vsyscall_area_mask, mask, __ATOMIC_RELAXED);
	__atomic_store_n(&vsyscall_area_size, size, __ATOMIC_RELEASE);
}
#endif

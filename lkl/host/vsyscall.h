/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vsyscall.h - what the assembly of lkl_vsyscall() and its C half share.
 */
#ifndef LKL_HOST_VSYSCALL_H
#define LKL_HOST_VSYSCALL_H

#include <stdint.h>

/*
 * The assembly calls these with the number of the call and its arguments.  They
 * return as lkl_vsyscall() and lkl_vsyscall_errno() do.
 */
long vsyscall_call(long no, const long args[6]);
long vsyscall_call_errno(long no, const long args[6]);

#ifdef __x86_64__
/*
 * The size of an XSAVE area for the vector registers, in bytes, and the mask of
 * their components.  The size is 0 until vsyscall_measure() was called.  The mask
 * is 0 if the area is one of FXSAVE.
 */
extern uint32_t vsyscall_area_size, vsyscall_area_mask;

/* vsyscall_measure - set the two, without the use of a vector register. */
void vsyscall_measure(void);
#endif

#endif

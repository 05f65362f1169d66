/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * percpu.h - operations on per-CPU variables.
 *
 * The generic raw operations are safe against interrupts here, since none can
 * arrive in the middle of one: see cmpxchg.h.
 */
#ifndef _ASM_LKL_PERCPU_H
#define _ASM_LKL_PERCPU_H

#define this_cpu_read_1(pcp)		raw_cpu_generic_read(pcp)
#define this_cpu_read_2(pcp)		raw_cpu_generic_read(pcp)
#define this_cpu_read_4(pcp)		raw_cpu_generic_read(pcp)
#define this_cpu_read_8(pcp)		raw_cpu_generic_read(pcp)

#define LKL_PCP_OP(pcp, val, op)	raw_cpu_generic_to_op(pcp, val, op)

#define this_cpu_write_1(pcp, val)	LKL_PCP_OP(pcp, val, =)
#define this_cpu_write_2(pcp, val)	LKL_PCP_OP(pcp, val, =)
#define this_cpu_write_4(pcp, val)	LKL_PCP_OP(pcp, val, =)
#define this_cpu_write_8(pcp, val)	LKL_PCP_OP(pcp, val, =)
#define this_cpu_add_1(pcp, val)	LKL_PCP_OP(pcp, val, +=)
#define this_cpu_add_2(pcp, val)	LKL_PCP_OP(pcp, val, +=)
#define this_cpu_add_4(pcp, val)	LKL_PCP_OP(pcp, val, +=)
#define this_cpu_add_8(pcp, val)	LKL_PCP_OP(pcp, val, +=)
#define this_cpu_and_1(pcp, val)	LKL_PCP_OP(pcp, val, &=)
#define this_cpu_and_2(pcp, val)	LKL_PCP_OP(pcp, val, &=)
#define this_cpu_and_4(pcp, val)	LKL_PCP_OP(pcp, val, &=)
#define this_cpu_and_8(pcp, val)	LKL_PCP_OP(pcp, val, &=)
#define this_cpu_or_1(pcp, val)		LKL_PCP_OP(pcp, val, |=)
#define this_cpu_or_2(pcp, val)		LKL_PCP_OP(pcp, val, |=)
#define this_cpu_or_4(pcp, val)		LKL_PCP_OP(pcp, val, |=)
#define this_cpu_or_8(pcp, val)		LKL_PCP_OP(pcp, val, |=)

#define this_cpu_add_return_1(pcp, val)	raw_cpu_generic_add_return(pcp, val)
#define this_cpu_add_return_2(pcp, val)	raw_cpu_generic_add_return(pcp, val)
#define this_cpu_add_return_4(pcp, val)	raw_cpu_generic_add_return(pcp, val)
#define this_cpu_add_return_8(pcp, val)	raw_cpu_generic_add_return(pcp, val)

#define this_cpu_xchg_1(pcp, val)	raw_cpu_generic_xchg(pcp, val)
#define this_cpu_xchg_2(pcp, val)	raw_cpu_generic_xchg(pcp, val)
#define this_cpu_xchg_4(pcp, val)	raw_cpu_generic_xchg(pcp, val)
#define this_cpu_xchg_8(pcp, val)	raw_cpu_generic_xchg(pcp, val)

#include <asm-generic/percpu.h>

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * atomic.h - atomic operations in plain C.
 *
 * The kernel has one vCPU; cmpxchg.h explains why plain C is atomic there.
 */
#ifndef _ASM_LKL_ATOMIC_H
#define _ASM_LKL_ATOMIC_H

#include <linux/types.h>
#include <asm/barrier.h>
#include <asm/cmpxchg.h>

#define ATOMIC64_INIT(i)	{ (i) }

#define LKL_ATOMIC_OP(pfx, type, vtype, op, c_op)			\
static __always_inline void						\
arch_##pfx##_##op(type i, vtype *v)					\
{									\
	WRITE_ONCE(v->counter, READ_ONCE(v->counter) c_op i);		\
}

#define LKL_ATOMIC_FETCH(pfx, type, vtype, op, c_op)			\
static __always_inline type						\
arch_##pfx##_fetch_##op(type i, vtype *v)				\
{									\
	type old = READ_ONCE(v->counter);				\
									\
	WRITE_ONCE(v->counter, old c_op i);				\
	return old;							\
}

#define LKL_ATOMIC_RETURN(pfx, type, vtype, op, c_op)			\
static __always_inline type						\
arch_##pfx##_##op##_return(type i, vtype *v)				\
{									\
	type new = READ_ONCE(v->counter) c_op i;			\
									\
	WRITE_ONCE(v->counter, new);					\
	return new;							\
}

#define LKL_ATOMIC_OPS(pfx, type, vtype)				\
	LKL_ATOMIC_OP(pfx, type, vtype, add, +)				\
	LKL_ATOMIC_OP(pfx, type, vtype, sub, -)				\
	LKL_ATOMIC_OP(pfx, type, vtype, and, &)				\
	LKL_ATOMIC_OP(pfx, type, vtype, or, |)				\
	LKL_ATOMIC_OP(pfx, type, vtype, xor, ^)				\
	LKL_ATOMIC_FETCH(pfx, type, vtype, add, +)			\
	LKL_ATOMIC_FETCH(pfx, type, vtype, sub, -)			\
	LKL_ATOMIC_FETCH(pfx, type, vtype, and, &)			\
	LKL_ATOMIC_FETCH(pfx, type, vtype, or, |)			\
	LKL_ATOMIC_FETCH(pfx, type, vtype, xor, ^)			\
	LKL_ATOMIC_RETURN(pfx, type, vtype, add, +)			\
	LKL_ATOMIC_RETURN(pfx, type, vtype, sub, -)

LKL_ATOMIC_OPS(atomic, int, atomic_t)
LKL_ATOMIC_OPS(atomic64, s64, atomic64_t)

#undef LKL_ATOMIC_OPS
#undef LKL_ATOMIC_RETURN
#undef LKL_ATOMIC_FETCH
#undef LKL_ATOMIC_OP

#define arch_atomic_fetch_add		arch_atomic_fetch_add
#define arch_atomic_fetch_sub		arch_atomic_fetch_sub
#define arch_atomic_fetch_and		arch_atomic_fetch_and
#define arch_atomic_fetch_or		arch_atomic_fetch_or
#define arch_atomic_fetch_xor		arch_atomic_fetch_xor
#define arch_atomic_add_return		arch_atomic_add_return
#define arch_atomic_sub_return		arch_atomic_sub_return
#define arch_atomic64_fetch_add		arch_atomic64_fetch_add
#define arch_atomic64_fetch_sub		arch_atomic64_fetch_sub
#define arch_atomic64_fetch_and		arch_atomic64_fetch_and
#define arch_atomic64_fetch_or		arch_atomic64_fetch_or
#define arch_atomic64_fetch_xor		arch_atomic64_fetch_xor
#define arch_atomic64_add_return	arch_atomic64_add_return
#define arch_atomic64_sub_return	arch_atomic64_sub_return

#define arch_atomic_read(v)		READ_ONCE((v)->counter)
#define arch_atomic_set(v, i)		WRITE_ONCE((v)->counter, (i))
#define arch_atomic64_read(v)		READ_ONCE((v)->counter)
#define arch_atomic64_set(v, i)		WRITE_ONCE((v)->counter, (i))

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmpxchg.h - exchange operations of a single vCPU.
 *
 * The kernel takes interrupts only where it enables them, so any sequence of
 * plain C is atomic.  Code that shares memory with host threads uses the
 * compiler's atomic builtins instead.
 */
#ifndef _ASM_LKL_CMPXCHG_H
#define _ASM_LKL_CMPXCHG_H

#include <linux/compiler.h>

#ifdef CONFIG_SMP
#error "one vCPU only"
#endif

#define arch_xchg(ptr, new)						\
({									\
	__typeof__(ptr) __xp = (ptr);					\
	__typeof__(*__xp) __xo = READ_ONCE(*__xp);			\
	WRITE_ONCE(*__xp, (__typeof__(*__xp))(new));			\
	__xo;								\
})

#define arch_cmpxchg(ptr, old, new)					\
({									\
	__typeof__(ptr) __cp = (ptr);					\
	__typeof__(*__cp) __ce = (__typeof__(*__cp))(old);		\
	__typeof__(*__cp) __cn = (__typeof__(*__cp))(new);		\
	__typeof__(*__cp) __co = READ_ONCE(*__cp);			\
	if (__co == __ce)						\
		WRITE_ONCE(*__cp, __cn);				\
	__co;								\
})

#define arch_cmpxchg_local		arch_cmpxchg
#define arch_cmpxchg64			arch_cmpxchg
#define arch_cmpxchg64_local		arch_cmpxchg

#endif

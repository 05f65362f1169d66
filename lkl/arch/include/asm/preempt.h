/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * preempt.h - cond_resched() ends in should_resched().
 *
 * Interrupts are taken where the kernel enables them.  A loop that waits for
 * another task with nothing but cond_resched(), as shrink_dcache_parent() has
 * it, never does that: neither the tick that would make it give way nor what
 * the other task waits for would ever come.
 */
#ifndef _ASM_LKL_PREEMPT_H
#define _ASM_LKL_PREEMPT_H

#define should_resched generic_should_resched
#include <asm-generic/preempt.h>
#undef should_resched

#include <asm/irqflags.h>

static __always_inline bool should_resched(int preempt_offset)
{
	if (unlikely(READ_ONCE(this_vcpu()->irq_pending)) &&
	    preempt_count() == preempt_offset && arch_local_save_flags())
		lkl_take_irqs();
	return generic_should_resched(preempt_offset);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * preempt.h - cond_resched() takes pending interrupts.
 *
 * The kernel takes interrupts where it enables them.  Some loops, such as the
 * one in shrink_dcache_parent(), wait for another task and call nothing but
 * cond_resched().  They never enable interrupts, so they would wait for ever:
 * the tick that makes them yield would not arrive, nor would the interrupt that
 * the other task needs.  cond_resched() calls should_resched(), so that
 * function takes interrupts too.
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

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * irqflags.h - enables and disables interrupts, and takes pending ones.
 *
 * An interrupt is a bit that any host thread may set.  The kernel takes it when
 * it enables interrupts, and before it idles.
 */
#ifndef _ASM_LKL_IRQFLAGS_H
#define _ASM_LKL_IRQFLAGS_H

#include <linux/compiler.h>
#include <asm/vcpu.h>

#define ARCH_IRQ_DISABLED	0
#define ARCH_IRQ_ENABLED	1

static __always_inline unsigned long arch_local_save_flags(void)
{
	return READ_ONCE(this_vcpu()->irqs_enabled);
}
#define arch_local_save_flags arch_local_save_flags

static __always_inline void arch_local_irq_restore(unsigned long flags)
{
	barrier();
	WRITE_ONCE(this_vcpu()->irqs_enabled, flags);
	if (flags && unlikely(READ_ONCE(this_vcpu()->irq_pending)))
		lkl_take_irqs();
	barrier();
}
#define arch_local_irq_restore arch_local_irq_restore

#include <asm-generic/irqflags.h>

#endif

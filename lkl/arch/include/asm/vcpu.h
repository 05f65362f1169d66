/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vcpu.h - the state of the virtual CPU that this code runs on.
 *
 * this_vcpu() alone knows that there is a single vCPU.
 */
#ifndef _ASM_LKL_VCPU_H
#define _ASM_LKL_VCPU_H

#include <asm/host_ops.h>

extern const struct lkl_host_ops *lkl_ops;

/* setup.c.  Only the accessor uses this name. */
extern struct lkl_vcpu lkl_boot_vcpu;

static __always_inline struct lkl_vcpu *this_vcpu(void)
{
	return &lkl_boot_vcpu;
}

/* irq.c */
void lkl_take_irqs(void);

/* Take the interrupts that are pending, if interrupts are enabled. */
static __always_inline void lkl_poll_irqs(void)
{
	if (__builtin_expect(__atomic_load_n(&this_vcpu()->irq_pending,
					     __ATOMIC_RELAXED) != 0, 0) &&
	    this_vcpu()->irqs_enabled)
		lkl_take_irqs();
}

#endif

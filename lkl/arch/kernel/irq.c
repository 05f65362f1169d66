// SPDX-License-Identifier: GPL-2.0-only
/*
 * irq.c - handles interrupts, which host threads raise as bits of
 * vcpu->irq_pending.
 */
#include <linux/hardirq.h>
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <asm/irq_regs.h>
#include <asm/thread.h>
#include <asm/vcpu.h>

static void run_irqs(unsigned long pending)
{
	struct pt_regs *old = set_irq_regs(&lkl_pt_regs);

	irq_enter();
	while (pending) {
		unsigned int irq = __ffs(pending);

		pending &= pending - 1;
		if (irq == LKL_IRQ_CALL)
			lkl_take_calls();
		else
			generic_handle_irq(irq);
	}
	irq_exit();
	set_irq_regs(old);
}

/* Interrupts are enabled before and after, and disabled meanwhile. */
void lkl_take_irqs(void)
{
	struct lkl_vcpu *vcpu = this_vcpu();
	unsigned long pending;

	vcpu->irqs_enabled = 0;
	while ((pending = __atomic_exchange_n(&vcpu->irq_pending, 0,
					      __ATOMIC_SEQ_CST)))
		run_irqs(pending);
	vcpu->irqs_enabled = 1;
}

void __init init_IRQ(void)
{
	unsigned int irq;

	for (irq = 0; irq < NR_IRQS; irq++)
		irq_set_chip_and_handler(irq, &dummy_irq_chip,
					 handle_simple_irq);
}

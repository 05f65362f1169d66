/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * irq.h - the number of interrupts: host_ops.h assigns them.
 */
#ifndef _ASM_LKL_IRQ_H
#define _ASM_LKL_IRQ_H

#include <asm/host_ops.h>

#define NR_IRQS		LKL_NR_IRQS

#include <asm-generic/irq.h>

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vcpu.h - the state of the virtual CPU this code runs on.
 *
 * The accessor is the one place that knows that there is a single vCPU.
 */
#ifndef _ASM_LKL_VCPU_H
#define _ASM_LKL_VCPU_H

#include <asm/host_ops.h>

extern const struct lkl_host_ops *lkl_ops;

static __always_inline struct lkl_vcpu *this_vcpu(void)
{
	return &lkl_vcpu;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xor.h - selects one XOR function, before Linux 7.1.
 *
 * Measuring all of them at boot would take longer than the rest of the boot.
 * include/xor_arch.h does the same for newer kernels.
 */
#ifndef _ASM_LKL_XOR_H
#define _ASM_LKL_XOR_H

#include <asm-generic/xor.h>

#define XOR_SELECT_TEMPLATE(fastest)	(&xor_block_32regs)

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xor_arch.h - selects the XOR function of lib/raid, since Linux 7.1.
 *
 * It forces one function, because measuring all of them at boot would take
 * longer than the rest of the boot.  asm/xor.h does the same for older kernels.
 */
static void __init arch_xor_init(void)
{
	xor_force(&xor_block_32regs);
}

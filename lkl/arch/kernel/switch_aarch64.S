/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * switch_aarch64.S - switches fibres on aarch64.
 *
 * By the AAPCS64 a callee saves x19-x30 and the low halves of v8-v15.
 */
#include <linux/linkage.h>

	.text

/* void lkl_fiber_switch(void **save, void *load) */
SYM_FUNC_START(lkl_fiber_switch)
	sub	sp, sp, #160
	stp	x19, x20, [sp, #0]
	stp	x21, x22, [sp, #16]
	stp	x23, x24, [sp, #32]
	stp	x25, x26, [sp, #48]
	stp	x27, x28, [sp, #64]
	stp	x29, x30, [sp, #80]
	stp	d8, d9, [sp, #96]
	stp	d10, d11, [sp, #112]
	stp	d12, d13, [sp, #128]
	stp	d14, d15, [sp, #144]
	mov	x9, sp
	str	x9, [x0]
	mov	sp, x1
	ldp	x19, x20, [sp, #0]
	ldp	x21, x22, [sp, #16]
	ldp	x23, x24, [sp, #32]
	ldp	x25, x26, [sp, #48]
	ldp	x27, x28, [sp, #64]
	ldp	x29, x30, [sp, #80]
	ldp	d8, d9, [sp, #96]
	ldp	d10, d11, [sp, #112]
	ldp	d12, d13, [sp, #128]
	ldp	d14, d15, [sp, #144]
	add	sp, sp, #160
	ret
SYM_FUNC_END(lkl_fiber_switch)

/*
 * void *lkl_fiber_init_frame(void *top, void (*entry)(void))
 *
 * Make the frame that lkl_fiber_switch() restores: all zero but the link
 * register.
 */
SYM_FUNC_START(lkl_fiber_init_frame)
	sub	x0, x0, #160
	stp	xzr, xzr, [x0, #0]
	stp	xzr, xzr, [x0, #16]
	stp	xzr, xzr, [x0, #32]
	stp	xzr, xzr, [x0, #48]
	stp	xzr, xzr, [x0, #64]
	stp	xzr, x1, [x0, #80]
	stp	xzr, xzr, [x0, #96]
	stp	xzr, xzr, [x0, #112]
	stp	xzr, xzr, [x0, #128]
	stp	xzr, xzr, [x0, #144]
	ret
SYM_FUNC_END(lkl_fiber_init_frame)

	.section .note.GNU-stack,"",@progbits

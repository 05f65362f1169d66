/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * guarded_aarch64.S - memory functions of the host that are left when they
 * fault: see uaccess.c.
 *
 * int lkl_guarded_read(void *to, const void *from, unsigned long n,
 *			struct lkl_user_copy *copy)
 *
 * The first member of @copy is the stack pointer from which
 * lkl_guarded_fault restores what the callee may have changed.
 */
#include <linux/linkage.h>

	.text

.macro GUARDED name callee
	.balign	16
SYM_FUNC_START(lkl_guarded_\name)
	stp	x29, x30, [sp, #-176]!
	mov	x29, sp
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	stp	d8, d9, [sp, #96]
	stp	d10, d11, [sp, #112]
	stp	d12, d13, [sp, #128]
	stp	d14, d15, [sp, #144]
	str	x3, [sp, #160]
	str	x29, [x3]
	bl	\callee
	/* The others are the callee's to save: they are as they were. */
	ldr	x3, [sp, #160]
	ldp	x29, x30, [sp], #176
	str	xzr, [x3]
	mov	w0, #0
	ret
SYM_FUNC_END(lkl_guarded_\name)
.endm

GUARDED read lkl_host_read_user
GUARDED write memcpy
GUARDED clear memset

/* Continued here by the signal handler, with the stack pointer as saved. */
	.balign	16
SYM_FUNC_START(lkl_guarded_fault)
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	d8, d9, [sp, #96]
	ldp	d10, d11, [sp, #112]
	ldp	d12, d13, [sp, #128]
	ldp	d14, d15, [sp, #144]
	ldr	x3, [sp, #160]
	ldp	x29, x30, [sp], #176
	str	xzr, [x3]
	mov	w0, #1
	ret
SYM_FUNC_END(lkl_guarded_fault)

	.section .note.GNU-stack,"",@progbits

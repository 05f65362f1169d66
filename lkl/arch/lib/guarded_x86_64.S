/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * guarded_x86_64.S - memory functions of the host that are left when they
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
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	pushq	%rcx
	movq	%rsp, (%rcx)
	call	\callee
	/* These registers are the callee's to save: they are as they were. */
	popq	%rcx
	addq	$48, %rsp
	xorl	%eax, %eax
	movq	%rax, (%rcx)
	ret
SYM_FUNC_END(lkl_guarded_\name)
.endm

GUARDED read lkl_host_read_user
GUARDED write memcpy
GUARDED clear memset

/* Continued here by the signal handler, with the stack pointer as saved. */
	.balign	16
SYM_FUNC_START(lkl_guarded_fault)
	cld
	popq	%rcx
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	movq	$0, (%rcx)
	movl	$1, %eax
	ret
SYM_FUNC_END(lkl_guarded_fault)

	.section .note.GNU-stack,"",@progbits

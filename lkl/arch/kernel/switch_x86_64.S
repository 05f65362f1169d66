/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * switch_x86_64.S - switches fibres on x86-64.
 *
 * By the System V convention a callee saves these integer registers and the
 * floating-point control words.  Neither the kernel nor the host library
 * changes the control words, so they are not saved here.
 */
#include <linux/linkage.h>

	.text

/* void lkl_fiber_switch(void **save, void *load) */
SYM_FUNC_START(lkl_fiber_switch)
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, (%rdi)
	movq	%rsi, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	ret
SYM_FUNC_END(lkl_fiber_switch)

/*
 * void *lkl_fiber_init_frame(void *top, void (*entry)(void))
 *
 * Make the frame that lkl_fiber_switch() pops.  Above it is a zero return
 * address, so that an unwinder stops there and the stack is aligned as a
 * call would leave it.
 */
SYM_FUNC_START(lkl_fiber_init_frame)
	movq	$0, -8(%rdi)
	movq	%rsi, -16(%rdi)
	movq	$0, -24(%rdi)
	movq	$0, -32(%rdi)
	movq	$0, -40(%rdi)
	movq	$0, -48(%rdi)
	movq	$0, -56(%rdi)
	movq	$0, -64(%rdi)
	leaq	-64(%rdi), %rax
	ret
SYM_FUNC_END(lkl_fiber_init_frame)

	.section .note.GNU-stack,"",@progbits

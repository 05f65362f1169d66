/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vsyscall-x86_64.S - lkl_vsyscall() on x86-64: a call with the registers of the
 * instruction SYSCALL.
 *
 * The number is in rax, the arguments are in rdi, rsi, rdx, r10, r8 and r9.  The
 * result is in rax.  rcx and r11 are lost; all other registers, the flags and the
 * vector registers are kept.  A C function keeps none of the vector registers, so
 * they are saved on the stack.
 */
#ifdef __x86_64__

	.text
	.hidden	vsyscall_call, vsyscall_call_errno
	.hidden	vsyscall_measure, vsyscall_area_size, vsyscall_area_mask

.macro vsyscall name, function
	.globl	\name
	.type	\name, @function
	.p2align 4
\name:
	.cfi_startproc
	endbr64
	pushfq
	.cfi_adjust_cfa_offset 8
	cld
	pushq	%rbp
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %rbp, 0
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	/* The array of arguments: rdi has the lowest address. */
	pushq	%r9
	pushq	%r8
	pushq	%r10
	pushq	%rdx
	pushq	%rsi
	pushq	%rdi
	movq	%rax, %rdi
	movl	vsyscall_area_size(%rip), %ecx
	testl	%ecx, %ecx
	jz	3f
0:	subq	%rcx, %rsp
	andq	$-64, %rsp
	movl	vsyscall_area_mask(%rip), %eax
	testl	%eax, %eax
	jz	4f
	/* XSAVE leaves bits of the header as they are. */
	xorl	%edx, %edx
	movq	%rdx, 512(%rsp)
	movq	%rdx, 520(%rsp)
	movq	%rdx, 528(%rsp)
	movq	%rdx, 536(%rsp)
	movq	%rdx, 544(%rsp)
	movq	%rdx, 552(%rsp)
	movq	%rdx, 560(%rsp)
	movq	%rdx, 568(%rsp)
	xsave64	(%rsp)
	leaq	-48(%rbp), %rsi
	call	\function
	movq	%rax, %rcx
	movl	vsyscall_area_mask(%rip), %eax
	xorl	%edx, %edx
	xrstor64 (%rsp)
1:	movq	%rcx, %rax
	leaq	-48(%rbp), %rsp
	popq	%rdi
	popq	%rsi
	popq	%rdx
	popq	%r10
	popq	%r8
	popq	%r9
	popq	%rbp
	.cfi_def_cfa %rsp, 16
	.cfi_restore %rbp
	popfq
	.cfi_adjust_cfa_offset -8
	ret

	/* The first call of all. */
	.cfi_def_cfa %rbp, 24
	.cfi_offset %rbp, -24
3:	pushq	%rdi
	call	vsyscall_measure
	popq	%rdi
	movl	vsyscall_area_size(%rip), %ecx
	jmp	0b

	/* A processor, or a host, without XSAVE. */
4:	fxsave64 (%rsp)
	leaq	-48(%rbp), %rsi
	call	\function
	movq	%rax, %rcx
	fxrstor64 (%rsp)
	jmp	1b
	.cfi_endproc
	.size	\name, . - \name
.endm

	vsyscall lkl_vsyscall, vsyscall_call
	vsyscall lkl_vsyscall_errno, vsyscall_call_errno

#endif

	.section .note.GNU-stack,"",@progbits

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vsyscall-aarch64.S - lkl_vsyscall() on aarch64: a call with the registers of the
 * instruction SVC.
 *
 * The number is in x8, the arguments are in x0 to x5.  The result is in x0.  BL
 * changes x30, and the linker's veneers may change x16 and x17 on the way here.
 * All other registers, the flags and v0 to v31 are kept.  As with SVC, the rest of
 * SVE registers is not.
 */
#ifdef __aarch64__

	.text
	.hidden	vsyscall_call, vsyscall_call_errno

.macro vsyscall name, function
	.globl	\name
	.type	\name, %function
	.p2align 4
\name:
	.cfi_startproc
	hint	#34				// bti c
	stp	x29, x30, [sp, #-16]!
	.cfi_adjust_cfa_offset 16
	.cfi_rel_offset x29, 0
	.cfi_rel_offset x30, 8
	mov	x29, sp
	.cfi_def_cfa_register x29
	sub	sp, sp, #672
	/* The array of arguments: x0 has the lowest address. */
	stp	x0, x1, [sp, #0]
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	mrs	x16, nzcv
	mrs	x17, fpsr
	stp	x16, x17, [sp, #128]
	str	x18, [sp, #144]
	stp	q0, q1, [sp, #160]
	stp	q2, q3, [sp, #192]
	stp	q4, q5, [sp, #224]
	stp	q6, q7, [sp, #256]
	stp	q8, q9, [sp, #288]
	stp	q10, q11, [sp, #320]
	stp	q12, q13, [sp, #352]
	stp	q14, q15, [sp, #384]
	stp	q16, q17, [sp, #416]
	stp	q18, q19, [sp, #448]
	stp	q20, q21, [sp, #480]
	stp	q22, q23, [sp, #512]
	stp	q24, q25, [sp, #544]
	stp	q26, q27, [sp, #576]
	stp	q28, q29, [sp, #608]
	stp	q30, q31, [sp, #640]
	mov	x1, sp
	mov	x0, x8
	bl	\function
	ldp	q0, q1, [sp, #160]
	ldp	q2, q3, [sp, #192]
	ldp	q4, q5, [sp, #224]
	ldp	q6, q7, [sp, #256]
	ldp	q8, q9, [sp, #288]
	ldp	q10, q11, [sp, #320]
	ldp	q12, q13, [sp, #352]
	ldp	q14, q15, [sp, #384]
	ldp	q16, q17, [sp, #416]
	ldp	q18, q19, [sp, #448]
	ldp	q20, q21, [sp, #480]
	ldp	q22, q23, [sp, #512]
	ldp	q24, q25, [sp, #544]
	ldp	q26, q27, [sp, #576]
	ldp	q28, q29, [sp, #608]
	ldp	q30, q31, [sp, #640]
	ldp	x16, x17, [sp, #128]
	msr	nzcv, x16
	msr	fpsr, x17
	ldr	x18, [sp, #144]
	ldr	x1, [sp, #8]
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	mov	sp, x29
	.cfi_def_cfa_register sp
	ldp	x29, x30, [sp], #16
	.cfi_adjust_cfa_offset -16
	.cfi_restore x29
	.cfi_restore x30
	ret
	.cfi_endproc
	.size	\name, . - \name
.endm

	vsyscall lkl_vsyscall, vsyscall_call
	vsyscall lkl_vsyscall_errno, vsyscall_call_errno

#endif

	.section .note.GNU-stack,"",@progbits

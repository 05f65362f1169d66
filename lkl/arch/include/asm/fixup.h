/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fixup.h - single loads and stores that may fault.
 *
 * Each such instruction has an entry in the section .lkl_fixups: its address,
 * and the address at which to continue if it faults.  No register changes in
 * between.  lkl_kernel_recover() looks the entries up; see kernel/fault.c.
 *
 * The kernel's own __ex_table is not used: it would have to be sorted at each
 * start, and this table is searched so rarely that its order does not matter.
 */
#ifndef _ASM_LKL_FIXUP_H
#define _ASM_LKL_FIXUP_H

#include <linux/compiler.h>
#include <linux/types.h>

/* Both addresses are relative to their own place: no relocation is needed. */
struct lkl_fixup {
	s32 insn;
	s32 target;
};

#define LKL_FIXUP(insn, target)				\
	".pushsection .lkl_fixups, \"a\", %%progbits\n"	\
	".balign 4\n"					\
	".long " insn " - .\n"				\
	".long " target " - .\n"			\
	".popsection\n"

#ifdef CONFIG_LKL_HOST_X86_64
#define LKL_LOAD_1	"movzbl %2, %k1"
#define LKL_LOAD_2	"movzwl %2, %k1"
#define LKL_LOAD_4	"movl %2, %k1"
#define LKL_LOAD_8	"movq %2, %q1"
#define LKL_LOAD_FROM	"m"
#define LKL_STORE_1	"movb %b0, %1"
#define LKL_STORE_2	"movw %w0, %1"
#define LKL_STORE_4	"movl %k0, %1"
#define LKL_STORE_8	"movq %q0, %1"
#define LKL_STORE_BYTE	"q"
#define LKL_SET_FAULT	"movl $1, %0"
#define LKL_JUMP	"jmp"
#else
#define LKL_LOAD_1	"ldrb %w1, %2"
#define LKL_LOAD_2	"ldrh %w1, %2"
#define LKL_LOAD_4	"ldr %w1, %2"
#define LKL_LOAD_8	"ldr %x1, %2"
#define LKL_LOAD_FROM	"Q"
#define LKL_STORE_1	"strb %w0, %1"
#define LKL_STORE_2	"strh %w0, %1"
#define LKL_STORE_4	"str %w0, %1"
#define LKL_STORE_8	"str %x0, %1"
#define LKL_STORE_BYTE	"r"
#define LKL_SET_FAULT	"mov %w0, #1"
#define LKL_JUMP	"b"
#endif

/*
 * bool lkl_load_N(const void *from, void *to)
 * bool lkl_store_N(void *to, const void *from)
 *
 * Move N bytes; true if that faulted, in which case nothing has changed.  The
 * addresses need not be aligned.  The side that may fault is @from of a load
 * and @to of a store; the other one is the kernel's.
 *
 * What is out of line stays in the section of its function, which is how
 * functions that are only used at the start may contain this, too.
 */
#define LKL_DEFINE_ACCESS(n, type, constraint)				\
struct lkl_unaligned_##n { type v; } __packed;				\
static __always_inline bool lkl_load_##n(const void *from, void *to)	\
{									\
	int fault = 0;							\
	type v;								\
									\
	asm volatile("1:	" LKL_LOAD_##n "\n"			\
		     "2:\n"						\
		     ".subsection 1\n"					\
		     "3:	" LKL_SET_FAULT "\n"			\
		     "	" LKL_JUMP " 2b\n"				\
		     ".previous\n"					\
		     LKL_FIXUP("1b", "3b")				\
		     : "+r" (fault), "=&" constraint (v)		\
		     : LKL_LOAD_FROM					\
		       (*(const struct lkl_unaligned_##n *)from));	\
	if (unlikely(fault))						\
		return true;						\
	((struct lkl_unaligned_##n *)to)->v = v;			\
	return false;							\
}									\
									\
static __always_inline bool lkl_store_##n(void *to, const void *from)	\
{									\
	asm goto("1:	" LKL_STORE_##n "\n"				\
		 LKL_FIXUP("1b", "%l[fault]")				\
		 :							\
		 : constraint						\
		   (((const struct lkl_unaligned_##n *)from)->v),	\
		   LKL_LOAD_FROM (*(struct lkl_unaligned_##n *)to)	\
		 : "memory"						\
		 : fault);						\
	return false;							\
fault:									\
	return true;							\
}

LKL_DEFINE_ACCESS(1, u8, LKL_STORE_BYTE)
LKL_DEFINE_ACCESS(2, u16, "r")
LKL_DEFINE_ACCESS(4, u32, "r")
LKL_DEFINE_ACCESS(8, u64, "r")

#endif

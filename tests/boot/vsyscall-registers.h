/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vsyscall-registers.h - fill all registers, call a function, and look at all
 * registers.
 */
#ifndef TESTS_VSYSCALL_REGISTERS_H
#define TESTS_VSYSCALL_REGISTERS_H

#include <stdint.h>

#define GENERAL		32
#define VECTORS		32
#define VECTOR_WORDS	4

struct registers {
	uint64_t general[GENERAL];
	uint64_t vectors[VECTORS][VECTOR_WORDS];
	uint64_t flags;
	uint64_t wide;		/* vectors have 32 bytes, not 16 */
};

/* Call @entry with the registers of @before, and store those of after. */
void registers_call(const struct registers *before, struct registers *after,
		    void (*entry)(void));

/* A register that programs may fill, and that stays as it was. */
struct register_name {
	const char *name;
	unsigned int index;
};

#if defined(__x86_64__)

#define NUMBER		0
#define ARGUMENTS	{ 5, 4, 3, 10, 8, 9 }
#define RESULT		0
#define VECTOR_COUNT	16
/* Carry, parity, zero, direction. */
#define FLAGS_TEST	0x445ull
#define FLAGS_MASK	0xcd5ull
/* In the order of their members: rcx and r11 are free. */
static const struct register_name registers_kept[] = {
	{ "rbx", 1 }, { "rdx", 3 }, { "rsi", 4 }, { "rdi", 5 }, { "rbp", 6 },
	{ "r8", 8 }, { "r9", 9 }, { "r10", 10 }, { "r12", 12 }, { "r13", 13 },
	{ "r14", 14 }, { "r15", 15 },
};

#define VECTORS_ALL(op)							\
	op(0) op(1) op(2) op(3) op(4) op(5) op(6) op(7)			\
	op(8) op(9) op(10) op(11) op(12) op(13) op(14) op(15)
#define LOAD_WIDE(n)	"vmovdqu 256+32*" #n "(%rax), %ymm" #n "\n"
#define LOAD(n)		"movdqu 256+32*" #n "(%rax), %xmm" #n "\n"
#define STORE_WIDE(n)	"vmovdqu %ymm" #n ", 256+32*" #n "(%rax)\n"
#define STORE(n)	"movdqu %xmm" #n ", 256+32*" #n "(%rax)\n"

__asm__(
	".text\n"
	".globl registers_call\n"
	".type registers_call, @function\n"
	"registers_call:\n"
	"push %rbx\n push %rbp\n push %r12\n push %r13\n push %r14\n"
	"push %r15\n"
	"push %rsi\n"
	"push %rdx\n"
	"mov %rdi, %rax\n"
	"cmpq $0, 1288(%rax)\n"
	"je 1f\n"
	VECTORS_ALL(LOAD_WIDE)
	"jmp 2f\n"
	"1:\n"
	VECTORS_ALL(LOAD)
	"2:\n"
	"mov 8(%rax), %rbx\n mov 24(%rax), %rdx\n mov 32(%rax), %rsi\n"
	"mov 40(%rax), %rdi\n mov 48(%rax), %rbp\n mov 64(%rax), %r8\n"
	"mov 72(%rax), %r9\n mov 80(%rax), %r10\n mov 96(%rax), %r12\n"
	"mov 104(%rax), %r13\n mov 112(%rax), %r14\n mov 120(%rax), %r15\n"
	"push 1280(%rax)\n"
	"mov (%rax), %rax\n"
	"popfq\n"
	"call *(%rsp)\n"
	"pushfq\n"
	"cld\n"
	"push %rax\n"
	"mov 24(%rsp), %rax\n"
	"pop (%rax)\n"
	"pop 1280(%rax)\n"
	"mov %rbx, 8(%rax)\n mov %rdx, 24(%rax)\n mov %rsi, 32(%rax)\n"
	"mov %rdi, 40(%rax)\n mov %rbp, 48(%rax)\n mov %r8, 64(%rax)\n"
	"mov %r9, 72(%rax)\n mov %r10, 80(%rax)\n mov %r12, 96(%rax)\n"
	"mov %r13, 104(%rax)\n mov %r14, 112(%rax)\n mov %r15, 120(%rax)\n"
	"cmpq $0, 1288(%rax)\n"
	"je 3f\n"
	VECTORS_ALL(STORE_WIDE)
	"vzeroupper\n"
	"jmp 4f\n"
	"3:\n"
	VECTORS_ALL(STORE)
	"4:\n"
	"pop %rdx\n pop %rsi\n"
	"pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbp\n pop %rbx\n"
	"ret\n"
	".size registers_call, . - registers_call\n");

#elif defined(__aarch64__)

#define NUMBER		8
#define ARGUMENTS	{ 0, 1, 2, 3, 4, 5 }
#define RESULT		0
#define VECTOR_COUNT	32
/* Negative and carry. */
#define FLAGS_TEST	0xa0000000ull
#define FLAGS_MASK	0xf0000000ull
static const struct register_name registers_kept[] = {
	{ "x1", 1 }, { "x2", 2 }, { "x3", 3 }, { "x4", 4 }, { "x5", 5 },
	{ "x6", 6 }, { "x7", 7 }, { "x8", 8 }, { "x9", 9 }, { "x10", 10 },
	{ "x11", 11 }, { "x12", 12 }, { "x13", 13 }, { "x14", 14 },
	{ "x15", 15 }, { "x18", 18 }, { "x19", 19 }, { "x20", 20 },
	{ "x21", 21 }, { "x22", 22 }, { "x23", 23 }, { "x24", 24 },
	{ "x25", 25 }, { "x26", 26 }, { "x27", 27 }, { "x28", 28 },
};

#define VECTORS_ALL(op)							\
	op(0) op(1) op(2) op(3) op(4) op(5) op(6) op(7)			\
	op(8) op(9) op(10) op(11) op(12) op(13) op(14) op(15)		\
	op(16) op(17) op(18) op(19) op(20) op(21) op(22) op(23)		\
	op(24) op(25) op(26) op(27) op(28) op(29) op(30) op(31)
#define LOAD(n)		"ldr q" #n ", [x16, #(256+32*" #n ")]\n"
#define STORE(n)	"str q" #n ", [x16, #(256+32*" #n ")]\n"
#define GENERAL_ALL(op)							\
	op(1) op(2) op(3) op(4) op(5) op(6) op(7) op(8) op(9) op(10)	\
	op(11) op(12) op(13) op(14) op(15) op(18) op(19) op(20) op(21)	\
	op(22) op(23) op(24) op(25) op(26) op(27) op(28)
#define LOAD_X(n)	"ldr x" #n ", [x16, #(8*" #n ")]\n"
#define STORE_X(n)	"str x" #n ", [x16, #(8*" #n ")]\n"

__asm__(
	".text\n"
	".globl registers_call\n"
	".type registers_call, %function\n"
	"registers_call:\n"
	"stp x29, x30, [sp, #-192]!\n"
	"stp x19, x20, [sp, #16]\n stp x21, x22, [sp, #32]\n"
	"stp x23, x24, [sp, #48]\n stp x25, x26, [sp, #64]\n"
	"stp x27, x28, [sp, #80]\n stp d8, d9, [sp, #96]\n"
	"stp d10, d11, [sp, #112]\n stp d12, d13, [sp, #128]\n"
	"stp d14, d15, [sp, #144]\n stp x1, x18, [sp, #160]\n"
	"mov x16, x0\n"
	"mov x17, x2\n"
	VECTORS_ALL(LOAD)
	"ldr x0, [x16, #1280]\n"
	"msr nzcv, x0\n"
	GENERAL_ALL(LOAD_X)
	"ldr x0, [x16]\n"
	"blr x17\n"
	"ldr x16, [sp, #160]\n"
	"str x0, [x16]\n"
	GENERAL_ALL(STORE_X)
	"mrs x0, nzcv\n"
	"str x0, [x16, #1280]\n"
	VECTORS_ALL(STORE)
	"ldr x18, [sp, #168]\n"
	"ldp x19, x20, [sp, #16]\n ldp x21, x22, [sp, #32]\n"
	"ldp x23, x24, [sp, #48]\n ldp x25, x26, [sp, #64]\n"
	"ldp x27, x28, [sp, #80]\n ldp d8, d9, [sp, #96]\n"
	"ldp d10, d11, [sp, #112]\n ldp d12, d13, [sp, #128]\n"
	"ldp d14, d15, [sp, #144]\n"
	"ldp x29, x30, [sp], #192\n"
	"ret\n"
	".size registers_call, . - registers_call\n");

#endif

#endif /* TESTS_VSYSCALL_REGISTERS_H */

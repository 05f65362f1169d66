/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * aes-xts-x86-asm.S - assembles the kernel's own AES-XTS functions for AVX and
 * VAES.
 */
#define RET	ret

#include <../arch/x86/crypto/aes-xts-avx-x86_64.S>

	.section .note.GNU-stack,"",@progbits

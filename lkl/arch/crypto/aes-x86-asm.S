/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * aes-x86-asm.S - assembles the kernel's own AES functions for AES-NI.
 *
 * They need nothing of arch/x86 but this macro, and asm/frame.h.
 */
#define RET	ret

#include <../arch/x86/crypto/aesni-intel_asm.S>

	.section .note.GNU-stack,"",@progbits

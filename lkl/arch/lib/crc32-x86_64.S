/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * crc32-x86_64.S - assembles the kernel's own CRC-32 functions for x86-64.
 *
 * They need nothing of arch/x86 but this macro.
 */
#define RET	ret

#include <../lib/crc/x86/crc32-pclmul.S>
#include <../lib/crc/x86/crc32c-3way.S>

	.section .note.GNU-stack,"",@progbits

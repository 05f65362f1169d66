/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * crc32c.h - CRC-32C with the processor's own instruction.
 *
 * CRC-32C guards the metadata of ext4, xfs and btrfs, and the data of btrfs.
 * lib/crc32c.c uses this header for kernels before 6.17, include/crc32.h for
 * newer ones on aarch64.
 */
#ifndef _ASM_LKL_CRC32C_H
#define _ASM_LKL_CRC32C_H

#include <linux/init.h>
#include <linux/types.h>
#include <linux/unaligned.h>

#ifdef CONFIG_LKL_HOST_X86_64

#define CRC32C_TARGET	__attribute__((target("sse4.2")))
#define crc32c_u8(crc, v)	__builtin_ia32_crc32qi((crc), (v))
#define crc32c_u64(crc, v)	((u32)__builtin_ia32_crc32di((crc), (v)))

static inline bool cpu_has_crc32c(void)
{
	u32 eax = 1, ebx, ecx = 0, edx;

	asm volatile("cpuid"
		     : "+a" (eax), "=b" (ebx), "+c" (ecx), "=d" (edx));
	return ecx & (1u << 20);	/* SSE 4.2 */
}

#else

#define CRC32C_TARGET	__attribute__((target("+crc")))
#define crc32c_u8(crc, v)	__builtin_aarch64_crc32cb((crc), (v))
#define crc32c_u64(crc, v)	__builtin_aarch64_crc32cx((crc), (v))

static inline bool cpu_has_crc32c(void)
{
	unsigned long isar0;

	/* Linux emulates this read for user space. */
	asm volatile("mrs %0, ID_AA64ISAR0_EL1" : "=r" (isar0));
	return (isar0 >> 16) & 0xf;	/* CRC32 */
}

#endif

static CRC32C_TARGET u32 crc32c_insn(u32 crc, const u8 *p, size_t len)
{
	for (; len >= 8; len -= 8, p += 8)
		crc = crc32c_u64(crc, get_unaligned((const u64 *)p));
	while (len--)
		crc = crc32c_u8(crc, *p++);
	return crc;
}

#endif

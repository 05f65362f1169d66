// SPDX-License-Identifier: GPL-2.0-only
/*
 * crc32c.c - CRC-32C with the processor's instruction where it has one: it
 * guards the metadata of ext4, xfs and btrfs, and the data of btrfs.
 *
 * This overrides the weak function of lib/crc32.c, whose table-driven form
 * stays reachable as __crc32c_le_base().
 */
#include <linux/crc32.h>
#include <linux/init.h>
#include <linux/unaligned.h>

#ifdef CONFIG_LKL_HOST_X86_64

#define CRC32C_TARGET	__attribute__((target("sse4.2")))
#define crc32c_u8(crc, v)	__builtin_ia32_crc32qi((crc), (v))
#define crc32c_u64(crc, v)	((u32)__builtin_ia32_crc32di((crc), (v)))

static bool __init cpu_has_crc32c(void)
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

static bool __init cpu_has_crc32c(void)
{
	unsigned long isar0;

	/* Linux emulates this read for user space. */
	asm volatile("mrs %0, ID_AA64ISAR0_EL1" : "=r" (isar0));
	return (isar0 >> 16) & 0xf;	/* CRC32 */
}

#endif

static bool have_crc32c;

static CRC32C_TARGET u32 crc32c_insn(u32 crc, const u8 *p, size_t len)
{
	for (; len >= 8; len -= 8, p += 8)
		crc = crc32c_u64(crc, get_unaligned((const u64 *)p));
	while (len--)
		crc = crc32c_u8(crc, *p++);
	return crc;
}

u32 __pure __crc32c_le(u32 crc, unsigned char const *p, size_t len)
{
	if (likely(have_crc32c))
		return crc32c_insn(crc, p, len);
	return __crc32c_le_base(crc, p, len);
}

static int __init crc32c_init(void)
{
	have_crc32c = cpu_has_crc32c();
	return 0;
}
early_initcall(crc32c_init);

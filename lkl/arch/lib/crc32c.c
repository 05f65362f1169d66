// SPDX-License-Identifier: GPL-2.0-only
/*
 * crc32c.c - makes the kernel use the processor's CRC-32C instruction.
 *
 * Since Linux 6.17 the kernel includes the header crc32.h for that.  This file
 * is for older kernels: it overrides the weak function of lib/crc32.c, whose
 * table-driven form stays reachable as __crc32c_le_base().
 */
#include <linux/crc32.h>
#include <linux/init.h>
#include <asm/crc32c.h>

static bool have_crc32c;

u32 __pure __crc32c_le(u32 crc, unsigned char const *p, size_t len)
{
	if (likely(have_crc32c))
		return crc32c_insn(crc, p, len);
	return __crc32c_le_base(crc, p, len);
}

static int __init crc32c_init(void)
{
	if (cpu_has_crc32c()) {
		crc32c_insn_init();
		have_crc32c = true;
	}
	return 0;
}
early_initcall(crc32c_init);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * crc32.h - selects the CRC-32 functions of lib/crc, since Linux 6.17.
 *
 * On x86-64 they are the kernel's own.  asm/cpufeatures.h and asm/simd.h say
 * what these ask of arch/x86.  On aarch64 the kernel's own need much more of
 * arch/arm64, so the header asm/crc32c.h has to do.
 */
#ifdef CONFIG_LKL_HOST_X86_64

/* That header takes four bytes at a time without this option. */
#define CONFIG_X86_64	1
#include <../lib/crc/x86/crc32.h>
#undef CONFIG_X86_64

#else

#include <asm/crc32c.h>

static bool have_crc32c __ro_after_init;

static inline u32 crc32c_arch(u32 crc, const u8 *p, size_t len)
{
	if (likely(have_crc32c))
		return crc32c_insn(crc, p, len);
	return crc32c_base(crc, p, len);
}

#define crc32_le_arch	crc32_le_base
#define crc32_be_arch	crc32_be_base

#define crc32_mod_init_arch crc32_mod_init_arch
static void __init crc32_mod_init_arch(void)
{
	if (cpu_has_crc32c()) {
		crc32c_insn_init();
		have_crc32c = true;
	}
}

static inline u32 crc32_optimizations_arch(void)
{
	return have_crc32c ? CRC32C_OPTIMIZATION : 0;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * crc32c-insn.h - the functions of crc32c.h.
 *
 * The kernel's headers are included before, or what a test has in their place.
 */
#ifndef _ASM_LKL_CRC32C_INSN_H
#define _ASM_LKL_CRC32C_INSN_H

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

static CRC32C_TARGET u32 crc32c_serial(u32 crc, const u8 *p, size_t len)
{
	for (; len >= 8; len -= 8, p += 8)
		crc = crc32c_u64(crc, get_unaligned((const u64 *)p));
	while (len--)
		crc = crc32c_u8(crc, *p++);
	return crc;
}

/*
 * The instruction takes three cycles, but one can begin in each cycle.  So three
 * neighbouring lanes are summed at the same time.  To join two sums, the first
 * is carried over the bytes of the lane that follows it: as a CRC of that many
 * zero bytes.  That is linear, so a table has the result for each value of each
 * of the eight hexadecimal digits.
 *
 * Three long lanes are a block of 4 KiB but for its checksum, three short ones
 * an inode of 256 bytes.
 */
#define CRC32C_LONG	1360u
#define CRC32C_SHORT	80u

struct crc32c_carry {
	u32 digit[8][16];
};

static struct crc32c_carry crc32c_carry_long, crc32c_carry_short;

static CRC32C_TARGET void __init crc32c_carry_init(struct crc32c_carry *carry,
						   unsigned int lane)
{
	unsigned int digit, value, n;
	u32 crc;

	for (digit = 0; digit < 8; digit++) {
		for (value = 0; value < 16; value++) {
			crc = value << (4 * digit);
			for (n = 0; n < lane; n += 8)
				crc = crc32c_u64(crc, 0);
			carry->digit[digit][value] = crc;
		}
	}
}

static inline void __init crc32c_insn_init(void)
{
	crc32c_carry_init(&crc32c_carry_long, CRC32C_LONG);
	crc32c_carry_init(&crc32c_carry_short, CRC32C_SHORT);
}

static inline u32 crc32c_carry_over(const struct crc32c_carry *carry, u32 crc)
{
	unsigned int digit;
	u32 sum = 0;

	for (digit = 0; digit < 8; digit++, crc >>= 4)
		sum ^= carry->digit[digit][crc & 0xf];
	return sum;
}

/* The CRC of three lanes of @lane bytes, a multiple of 8. */
static CRC32C_TARGET u32 crc32c_lanes(u32 crc, const u8 *p, unsigned int lane,
				      const struct crc32c_carry *carry)
{
	const u8 *end = p + lane;
	u32 second = 0, third = 0;

	for (; p < end; p += 8) {
		crc = crc32c_u64(crc, get_unaligned((const u64 *)p));
		second = crc32c_u64(second,
				    get_unaligned((const u64 *)(p + lane)));
		third = crc32c_u64(third,
				   get_unaligned((const u64 *)(p + 2 * lane)));
	}
	second ^= crc32c_carry_over(carry, crc);
	return third ^ crc32c_carry_over(carry, second);
}

static u32 crc32c_insn(u32 crc, const u8 *p, size_t len)
{
	for (; len >= 3 * CRC32C_LONG; len -= 3 * CRC32C_LONG,
	     p += 3 * CRC32C_LONG)
		crc = crc32c_lanes(crc, p, CRC32C_LONG, &crc32c_carry_long);
	for (; len >= 3 * CRC32C_SHORT; len -= 3 * CRC32C_SHORT,
	     p += 3 * CRC32C_SHORT)
		crc = crc32c_lanes(crc, p, CRC32C_SHORT, &crc32c_carry_short);
	return crc32c_serial(crc, p, len);
}

#endif

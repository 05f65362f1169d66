// SPDX-License-Identifier: GPL-2.0-only
/*
 * crc32c.c - the kernel's CRC-32C with the processor's instruction: the sum of
 * every length around those of its lanes, at every alignment, is that of the
 * definition, bit by bit.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

typedef uint8_t u8;
typedef uint32_t u32;
typedef uint64_t u64;

#define __init
#define get_unaligned(p) ({			\
	u64 value_;				\
	memcpy(&value_, (p), sizeof(value_));	\
	value_;					\
})
#ifdef __x86_64__
#define CONFIG_LKL_HOST_X86_64 1
#endif
#include "../../lkl/arch/include/asm/crc32c-insn.h"

/* The polynomial, with the lowest power in the highest bit. */
#define POLYNOMIAL 0x82f63b78u

static u32 by_definition(u32 crc, const u8 *p, size_t len)
{
	unsigned int bit;

	while (len--) {
		crc ^= *p++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
	}
	return crc;
}

static void check_length(const u8 *data, size_t len)
{
	size_t align;

	for (align = 0; align < 8; align++)
		CHECK_EQ(crc32c_insn(0x12345678u ^ (u32)len, data + align, len),
			 by_definition(0x12345678u ^ (u32)len, data + align,
				       len));
}

static void test_lengths(void)
{
	/* Around none, one and several of the short and of the long lanes. */
	static const size_t near[] = {
		0, 240, 256, 480, 1024, 4080, 4096, 4320, 8160, 8192, 65536,
	};
	static u8 data[65536 + 32];
	size_t i, len;

	crc32c_insn_init();
	for (i = 0; i < sizeof(data); i++)
		data[i] = (u8)(i * 2654435761u >> 24);
	/* Of RFC 3720: the digits. */
	CHECK_EQ(~crc32c_insn(~0u, (const u8 *)"123456789", 9), 0xe3069283u);
	for (i = 0; i < sizeof(near) / sizeof(*near); i++)
		for (len = near[i] < 9 ? 0 : near[i] - 9;
		     len <= near[i] + 9 && len + 8 <= sizeof(data); len++)
			check_length(data, len);
}

int main(void)
{
	if (!cpu_has_crc32c())
		SKIP_ALL("the processor has no instruction for CRC-32C");
	RUN(test_lengths);
	return unit_exit();
}

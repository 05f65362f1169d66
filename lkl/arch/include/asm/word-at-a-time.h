/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * word-at-a-time.h - strings by eight bytes, for little-endian processors.
 */
#ifndef _ASM_LKL_WORD_AT_A_TIME_H
#define _ASM_LKL_WORD_AT_A_TIME_H

#include <linux/bitops.h>
#include <linux/wordpart.h>
#include <asm/fixup.h>

struct word_at_a_time {
	const unsigned long one_bits, high_bits;
};

#define WORD_AT_A_TIME_CONSTANTS \
	{ REPEAT_BYTE(0x01), REPEAT_BYTE(0x80) }

static inline unsigned long has_zero(unsigned long a, unsigned long *bits,
				     const struct word_at_a_time *c)
{
	unsigned long mask = ((a - c->one_bits) & ~a) & c->high_bits;

	*bits = mask;
	return mask;
}

static inline unsigned long prep_zero_mask(unsigned long a, unsigned long bits,
					   const struct word_at_a_time *c)
{
	return bits;
}

/* The bytes below the first zero byte, as ones. */
static inline unsigned long create_zero_mask(unsigned long bits)
{
	bits = (bits - 1) & ~bits;
	return bits >> 7;
}

#define zero_bytemask(mask)	(mask)

static inline unsigned long find_zero(unsigned long mask)
{
	return mask ? (__ffs(mask + 1) >> 3) : 0;
}

/*
 * Load eight bytes of which those on the next page may not exist: these read
 * as zero then.
 */
static inline unsigned long load_unaligned_zeropad(const void *addr)
{
	unsigned long offset = (unsigned long)addr % sizeof(unsigned long);
	unsigned long v;

	if (likely(!lkl_load_8(addr, &v)))
		return v;
	/* The aligned word around @addr is on the page that exists. */
	v = *(const unsigned long *)(addr - offset);
	return v >> (8 * offset);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ASM_LKL_WORD_AT_A_TIME_H
#define _ASM_LKL_WORD_AT_A_TIME_H

#include <linux/bitops.h>
#include <linux/wordpart.h>
#include <asm/page.h>

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
 * Load eight bytes of which those past a page boundary may not exist: they
 * read as zero.  No fault could be recovered from here, so do not cause one.
 */
static inline unsigned long load_unaligned_zeropad(const void *addr)
{
	unsigned long left = PAGE_SIZE - ((unsigned long)addr & ~PAGE_MASK);
	unsigned long v = 0, i;

	if (likely(left >= sizeof(v))) {
		__builtin_memcpy(&v, addr, sizeof(v));
		return v;
	}
	for (i = 0; i < left; i++)
		v |= (unsigned long)((const unsigned char *)addr)[i] << (8 * i);
	return v;
}

#endif

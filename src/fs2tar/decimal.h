/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * decimal.h - numbers as decimal digits.
 *
 * Half of the time that it takes to write headers would be printf()'s.
 */
#ifndef FS2TAR_DECIMAL_H
#define FS2TAR_DECIMAL_H

#include <stdint.h>

#define DECIMAL_MAX 20		/* digits of the largest */

static inline unsigned int decimal_digits(uint64_t n)
{
	unsigned int digits = 1;

	while (n >= 10) {
		n /= 10;
		digits++;
	}
	return digits;
}

/* @width digits at least, with zeroes in front; returns their end. */
static inline char *decimal_print(char *out, uint64_t value,
				  unsigned int width)
{
	unsigned int digits = decimal_digits(value), i;

	if (digits < width)
		digits = width;
	for (i = digits; i--; value /= 10)
		out[i] = (char)('0' + value % 10);
	return out + digits;
}

#endif /* FS2TAR_DECIMAL_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pattern.h - a pattern of data in which each byte depends on a seed and on its
 * offset.
 *
 * check-archive computes the same.
 */
#ifndef TESTS_PATTERN_H
#define TESTS_PATTERN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The eight bytes at each multiple of eight, different for each seed. */
static inline uint64_t pattern_word(uint64_t seed, uint64_t word)
{
	uint64_t x = seed * 0x9e3779b97f4a7c15ull + word + 1;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

static inline void pattern_fill(void *buf, size_t len, uint64_t seed,
				uint64_t offset)
{
	unsigned char *p = buf;
	uint64_t word;
	size_t skip, n;

	for (; len; p += n, offset += n, len -= n) {
		word = pattern_word(seed, offset / 8);
		skip = offset % 8;
		n = len < 8 - skip ? len : 8 - skip;
		memcpy(p, (unsigned char *)&word + skip, n);
	}
}

/* The first byte that is wrong, or @len. */
static inline size_t pattern_match(const void *buf, size_t len, uint64_t seed,
				   uint64_t offset)
{
	const unsigned char *p = buf;
	unsigned char want[8];
	size_t i, n;

	for (i = 0; i < len; i += n) {
		n = len - i < 8 ? len - i : 8;
		pattern_fill(want, n, seed, offset + i);
		if (memcmp(p + i, want, n))
			break;
	}
	while (i < len) {
		pattern_fill(want, 1, seed, offset + i);
		if (p[i] != want[0])
			break;
		i++;
	}
	return i;
}

#endif /* TESTS_PATTERN_H */

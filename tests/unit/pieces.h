/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pieces.h - numbers by chance, the same in each run, and buffers cut up by
 * them.
 */
#ifndef TESTS_PIECES_H
#define TESTS_PIECES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

static uint32_t seed = 1;

static inline uint32_t random_below(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

/* Buffers of random lengths, some empty, that make up @len bytes. */
static inline int cut_up(struct iovec *iov, int max, char *base, size_t len)
{
	size_t n;
	int i;

	for (i = 0; i < max && len; i++) {
		n = i == max - 1 ? len : random_below(len + 1);
		iov[i].iov_base = base;
		iov[i].iov_len = n;
		base += n;
		len -= n;
	}
	return i;
}

#endif /* TESTS_PIECES_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * input.h - takes bytes from the front of a fuzzer's input.
 */
#ifndef TESTS_FUZZ_INPUT_H
#define TESTS_FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>

struct input {
	const uint8_t *data;
	size_t size;
};

/* The next @n bytes, little endian; zeroes at the end of the input. */
static inline uint64_t take(struct input *in, unsigned int n)
{
	uint64_t value = 0;
	unsigned int i;

	for (i = 0; i < n && in->size; i++, in->data++, in->size--)
		value |= (uint64_t)*in->data << 8 * i;
	return value;
}

#endif /* TESTS_FUZZ_INPUT_H */

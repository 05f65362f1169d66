/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * byte-order.h - numbers of a known byte order, at any address.
 */
#ifndef TOOLS_BYTE_ORDER_H
#define TOOLS_BYTE_ORDER_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

/* get_le16, ... - the little-endian number in the 2, 4 or 8 bytes from @from on */
static inline uint16_t get_le16(const void *from)
{
	uint16_t value;

	memcpy(&value, from, sizeof(value));
	return le16toh(value);
}

static inline uint32_t get_le32(const void *from)
{
	uint32_t value;

	memcpy(&value, from, sizeof(value));
	return le32toh(value);
}

static inline uint64_t get_le64(const void *from)
{
	uint64_t value;

	memcpy(&value, from, sizeof(value));
	return le64toh(value);
}

/* get_be16, ... - the same of big-endian numbers */
static inline uint16_t get_be16(const void *from)
{
	uint16_t value;

	memcpy(&value, from, sizeof(value));
	return be16toh(value);
}

static inline uint32_t get_be32(const void *from)
{
	uint32_t value;

	memcpy(&value, from, sizeof(value));
	return be32toh(value);
}

static inline uint64_t get_be64(const void *from)
{
	uint64_t value;

	memcpy(&value, from, sizeof(value));
	return be64toh(value);
}

#endif /* TOOLS_BYTE_ORDER_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hash.h - hashes for tables in memory, not for files.
 */
#ifndef TOOLS_HASH_H
#define TOOLS_HASH_H

#include <stddef.h>
#include <stdint.h>

/* FNV-1a; never 0, which may stand for no entry. */
static inline uint64_t hash_bytes(const char *bytes, size_t len)
{
	uint64_t hash = 0xcbf29ce484222325ull;
	size_t i;

	for (i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)bytes[i]) * 0x100000001b3ull;
	return hash ? hash : 1;
}

#endif /* TOOLS_HASH_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * zeroes.h - bytes that are all zero, which files hold as holes.
 */
#ifndef TOOLS_ZEROES_H
#define TOOLS_ZEROES_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static inline bool is_all_zero(const void *data, size_t len)
{
	const char *bytes = data;

	/* Each byte equals the next one: memcmp() is fast. */
	return !len || (!bytes[0] && !memcmp(bytes, bytes + 1, len - 1));
}

#endif /* TOOLS_ZEROES_H */

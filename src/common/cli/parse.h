/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * parse.h - parse numbers and sizes; print sizes.
 */
#ifndef TOOLS_PARSE_H
#define TOOLS_PARSE_H

#include <stdint.h>

#include <lkl.h>

/* Parse a decimal number up to @max.  Returns 0, -EINVAL or -ERANGE. */
int parse_number(const char *text, uint64_t max, uint64_t *ret_value,
		 struct lkl_error *err);

/*
 * Parse a number of bytes with an optional suffix: K, M, G and T, or KiB, MiB,
 * GiB and TiB, all powers of 1024.  Returns 0, -EINVAL or -ERANGE.
 */
int parse_size(const char *text, uint64_t *ret_bytes, struct lkl_error *err);

/* The same, but 0 is -EINVAL, too. */
int parse_size_above_zero(const char *text, uint64_t *ret_bytes,
			  struct lkl_error *err);

/* Print bytes for people, as "1.5 GiB".  Returns @buf. */
#define FORMAT_SIZE_MAX 16
const char *format_size(char buf[FORMAT_SIZE_MAX], uint64_t bytes);

#endif /* TOOLS_PARSE_H */

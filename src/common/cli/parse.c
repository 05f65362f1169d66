// SPDX-License-Identifier: GPL-2.0-only
/*
 * parse.c - parse numbers and sizes; print sizes.
 */
#include "parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"

/*
 * Parse the digits at @text.  Returns a pointer to the text behind them, or
 * NULL if there are none.  A value that is too large becomes UINT64_MAX.
 */
static const char *parse_digits(const char *text, uint64_t *ret_value)
{
	uint64_t value = 0;
	const char *s;

	for (s = text; *s >= '0' && *s <= '9'; s++) {
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, *s - '0', &value)) {
			value = UINT64_MAX;
			s += strspn(s, "0123456789");
			break;
		}
	}
	if (s == text)
		return NULL;
	*ret_value = value;
	return s;
}

int parse_number(const char *text, uint64_t max, uint64_t *ret_value,
		 struct lkl_error *err)
{
	uint64_t value;
	const char *end = parse_digits(text, &value);

	if (!end || *end)
		return error_set(err, -EINVAL, "not a number: %s", text);
	if (value > max || value == UINT64_MAX)
		return error_set(err, -ERANGE, "number too large: %s", text);
	*ret_value = value;
	return 0;
}

int parse_size(const char *text, uint64_t *ret_bytes, struct lkl_error *err)
{
	static const char suffixes[] = "KMGT";
	unsigned int shift = 0;
	uint64_t value;
	const char *end = parse_digits(text, &value), *suffix;

	if (end && *end) {
		suffix = strchr(suffixes, toupper((unsigned char)*end));
		if (suffix) {
			shift = 10 * (unsigned int)(suffix - suffixes + 1);
			end++;
			if (!strcmp(end, "iB"))
				end += 2;
		}
	}
	if (!end || *end)
		return error_set(err, -EINVAL, "not a size: %s", text);
	if (value == UINT64_MAX || value > UINT64_MAX >> shift)
		return error_set(err, -ERANGE, "size too large: %s", text);
	*ret_bytes = value << shift;
	return 0;
}

int parse_size_above_zero(const char *text, uint64_t *ret_bytes,
			  struct lkl_error *err)
{
	uint64_t bytes;
	int ret = parse_size(text, &bytes, err);

	if (ret < 0)
		return ret;
	if (!bytes)
		return error_set(err, -EINVAL, "no size: %s", text);
	*ret_bytes = bytes;
	return 0;
}

const char *format_size(char buf[FORMAT_SIZE_MAX], uint64_t bytes)
{
	static const char *const units[] = {
		"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"
	};
	double value = bytes;
	unsigned int unit = 0;

	while (value >= 1024 && unit < sizeof(units) / sizeof(*units) - 1) {
		value /= 1024;
		unit++;
	}
	snprintf(buf, FORMAT_SIZE_MAX, "%.*f %s", unit && value < 10 ? 1 : 0,
		 value, units[unit]);
	return buf;
}

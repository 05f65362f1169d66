// SPDX-License-Identifier: GPL-2.0-only
/*
 * records.c - the extended records of a pax header.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE		/* mempcpy */
#endif
#include "records.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "decimal.h"

void records_reset(struct records *records)
{
	records->len = 0;
}

void records_free(struct records *records)
{
	free(records->text);
	records->text = NULL;
	records->len = records->size = 0;
}

/* "LENGTH KEY=VALUE\n", where LENGTH counts itself. */
int records_add(struct records *records, const char *key, const void *value,
		size_t len)
{
	size_t key_len = strlen(key), rest = key_len + len + 3, total, size;
	unsigned int digits = decimal_digits(rest);
	char *text;

	if (decimal_digits(rest + digits) > digits)
		digits++;
	total = rest + digits;

	if (records->size - records->len < total) {
		size = 2 * records->size + total + 512;
		text = realloc(records->text, size);
		if (!text)
			return -ENOMEM;
		records->text = text;
		records->size = size;
	}
	text = decimal_print(records->text + records->len, total, 0);
	*text++ = ' ';
	text = mempcpy(text, key, key_len);
	*text++ = '=';
	text = mempcpy(text, value, len);
	*text = '\n';
	records->len += total;
	return 0;
}

int records_add_string(struct records *records, const char *key,
		       const char *value)
{
	return records_add(records, key, value, strlen(value));
}

int records_add_number(struct records *records, const char *key,
		       uint64_t value)
{
	char text[DECIMAL_MAX];

	return records_add(records, key, text,
			   (size_t)(decimal_print(text, value, 0) - text));
}

int records_add_time(struct records *records, const char *key,
		     struct timestamp time)
{
	uint64_t sec = (uint64_t)time.sec;
	uint32_t nsec = time.nsec;
	char text[DECIMAL_MAX + 12], *end = text;

	/* Before 1970 the two parts count in opposite directions. */
	if (time.sec < 0) {
		sec = -sec - (nsec != 0);
		nsec = nsec ? 1000000000 - nsec : 0;
		*end++ = '-';
	}
	end = decimal_print(end, sec, 0);
	if (nsec) {
		*end++ = '.';
		end = decimal_print(end, nsec, 9);
	}
	return records_add(records, key, text, (size_t)(end - text));
}

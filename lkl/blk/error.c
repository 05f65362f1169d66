/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * error.c - sentences about failures.
 *
 * What servers say may hold names from an image, and they any bytes: what
 * terminals obey is replaced, so that whoever prints a sentence need not
 * think of it.  Names that must be told exactly are to be quoted before.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "error.h"

/* C1 controls are two bytes in UTF-8. */
static void replace_controls(char *text)
{
	unsigned char *s = (unsigned char *)text;

	for (; *s; s++) {
		if (*s < 0x20 || *s == 0x7f)
			*s = '?';
		else if (*s == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0)
			s[0] = s[1] = '?';
	}
}

int lkl_fail(struct lkl_error *err, int ret, const char *fmt, ...)
{
	va_list ap;

	if (err) {
		va_start(ap, fmt);
		errno = -ret;
		vsnprintf(err->text, sizeof(err->text), fmt, ap);
		va_end(ap);
		replace_controls(err->text);
	}
	return ret;
}

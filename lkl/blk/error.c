/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * error.c - error messages.
 *
 * A message may contain names from an image or text from a server, and so any
 * bytes.  Control characters are replaced here, so that it is safe to print a
 * message on a terminal.  A caller that must give a name exactly quotes it
 * first.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "error.h"

/* The control characters U+0080 to U+009F are two bytes in UTF-8. */
static void lkl_replace_controls(char *text)
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
		lkl_replace_controls(err->text);
	}
	return ret;
}

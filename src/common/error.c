// SPDX-License-Identifier: GPL-2.0-only
/*
 * error.c - fill the library's message object.
 */
#include "error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int error_set(struct lkl_error *err, int code, const char *format, ...)
{
	va_list args;

	if (!err)
		return code;
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	return code;
}

int error_prefix(struct lkl_error *err, int code, const char *format, ...)
{
	const size_t size = sizeof(err->text);
	char text[sizeof(err->text)];
	size_t len, old;
	va_list args;
	int n;

	if (!err)
		return code;
	va_start(args, format);
	n = vsnprintf(text, size - 2, format, args);
	va_end(args);
	if (n < 0)
		return code;
	len = strlen(text);
	text[len++] = ':';
	text[len++] = ' ';
	/* If it is too long, the end is cut off: the place matters more. */
	old = strnlen(err->text, size - 1);
	if (old > size - 1 - len)
		old = size - 1 - len;
	memmove(err->text + len, err->text, old);
	memcpy(err->text, text, len);
	err->text[len + old] = '\0';
	return code;
}

int error_drop_prefix(struct lkl_error *err, int code, const char *text)
{
	const size_t len = strlen(text);

	if (err && code < 0 && !strncmp(err->text, text, len) &&
	    !strncmp(err->text + len, ": ", 2))
		memmove(err->text, err->text + len + 2,
			strlen(err->text + len + 2) + 1);
	return code;
}

int error_no_memory(struct lkl_error *err)
{
	return error_set(err, -ENOMEM, "out of memory");
}

int error_flush(FILE *stream, const char *what, struct lkl_error *err)
{
	errno = 0;
	if (!fflush(stream) && !ferror(stream))
		return 0;
	/* An earlier call may have failed. */
	return error_set(err, -EIO, "cannot write %s to standard %s%s%s", what,
			 stream == stdout ? "output" : "error",
			 errno ? ": " : "", errno ? strerror(errno) : "");
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * error.c - sentences about failures.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "error.h"

int lkl_fail(struct lkl_error *err, int ret, const char *fmt, ...)
{
	va_list ap;

	if (err) {
		va_start(ap, fmt);
		errno = -ret;
		vsnprintf(err->text, sizeof(err->text), fmt, ap);
		va_end(ap);
	}
	return ret;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * error.h - fill the library's message object.
 *
 * Inner layers say what is wrong, outer layers put in front where.
 */
#ifndef TOOLS_ERROR_H
#define TOOLS_ERROR_H

#include <lkl.h>

/* Set the sentence and return @code, so that "return error_set(...)" works. */
int error_set(struct lkl_error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Put "TEXT: " in front of the sentence and return @code. */
int error_prefix(struct lkl_error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same sentence for every place that runs out of host memory. */
int error_no_memory(struct lkl_error *err);

#endif /* TOOLS_ERROR_H */

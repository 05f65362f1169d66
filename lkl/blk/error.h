/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * error.h - fills a struct lkl_error.
 */
#ifndef LKL_ERROR_H
#define LKL_ERROR_H

#include "lkl.h"

/*
 * lkl_fail - write an error message to @err and return @ret
 * @err: belongs to the caller; may be NULL
 * @ret: a negative errno, which %m in @fmt describes
 */
int lkl_fail(struct lkl_error *err, int ret, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif

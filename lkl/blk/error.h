/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * error.h - filling a struct lkl_error.
 */
#ifndef LKL_ERROR_H
#define LKL_ERROR_H

#include "lkl.h"

/*
 * lkl_fail - say what failed; returns @ret
 * @err: may be NULL
 * @ret: a negative errno; %m in @fmt describes it
 */
int lkl_fail(struct lkl_error *err, int ret, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif

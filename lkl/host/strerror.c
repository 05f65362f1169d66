/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * strerror.c - describe the kernel's error numbers.
 */
#define _GNU_SOURCE
#include <string.h>

#include "config.h"
#include "lkl.h"

const char *lkl_strerror(int err)
{
	const char *s;

	/* The generic Linux numbers are also those of x86-64 and aarch64. */
#ifdef HAVE_STRERRORDESC_NP
	s = strerrordesc_np(err < 0 ? -err : err);
#else
	/* musl's is a constant string, too. */
	s = strerror(err < 0 ? -err : err);
#endif
	return s ? s : "Unknown error";
}

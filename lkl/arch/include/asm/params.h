/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * params.h - the longest kernel parameters that a program may pass.
 *
 * The host library includes it, too.
 */
#ifndef _ASM_LKL_PARAMS_H
#define _ASM_LKL_PARAMS_H

/* Bytes without the NUL. */
#define LKL_PARAMS_MAX	1900

#endif

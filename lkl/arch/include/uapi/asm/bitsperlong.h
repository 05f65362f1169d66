/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * bitsperlong.h - hosts are 64-bit.
 */
#ifndef _UAPI_ASM_LKL_BITSPERLONG_H
#define _UAPI_ASM_LKL_BITSPERLONG_H

#define __BITS_PER_LONG 64

#include <asm-generic/bitsperlong.h>

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * uaccess.h - callers' memory is in the same address space: copies are plain.
 */
#ifndef _ASM_LKL_UACCESS_H
#define _ASM_LKL_UACCESS_H

#include <linux/types.h>

long strncpy_from_user(char *dst, const char __user *src, long count);
#define strncpy_from_user strncpy_from_user
long strnlen_user(const char __user *s, long n);
#define strnlen_user strnlen_user

#include <asm-generic/uaccess.h>

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * string.h - declares the memory functions, which are libc's.
 *
 * The compiler calls them too.  The Makefile renames them to lkl_host_NAME, and
 * the host library has functions of these names.
 */
#ifndef _ASM_LKL_STRING_H
#define _ASM_LKL_STRING_H

#include <linux/types.h>

#define __HAVE_ARCH_MEMCPY
void *memcpy(void *to, const void *from, size_t n);
#define __HAVE_ARCH_MEMMOVE
void *memmove(void *to, const void *from, size_t n);
#define __HAVE_ARCH_MEMSET
void *memset(void *to, int c, size_t n);
#define __HAVE_ARCH_MEMCMP
int memcmp(const void *a, const void *b, size_t n);
#define __HAVE_ARCH_MEMCHR
void *memchr(const void *s, int c, size_t n);
#define __HAVE_ARCH_STRLEN
size_t strlen(const char *s);

#endif

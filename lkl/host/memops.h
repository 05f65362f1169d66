/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memops.h - the names under which the kernel object calls libc.
 *
 * lkl/arch/Makefile renames the calls.
 */
#ifndef LKL_MEMOPS_H
#define LKL_MEMOPS_H

#include <stddef.h>

void *lkl_host_memcpy(void *to, const void *from, size_t n);
void *lkl_host_memmove(void *to, const void *from, size_t n);
void *lkl_host_memset(void *to, int c, size_t n);
int lkl_host_memcmp(const void *a, const void *b, size_t n);
void *lkl_host_memchr(const void *s, int c, size_t n);
size_t lkl_host_strlen(const char *s);

/* Like lkl_host_memcpy(), from memory of callers that may end before @n. */
void lkl_host_read_user(void *to, const void *from, size_t n);

#endif

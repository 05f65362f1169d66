/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memops.c - libc's memory functions for the kernel object, whose calls to
 * them are renamed so that the two sets of symbols stay apart.
 *
 * The kernel takes it for granted that NULL is good for no bytes.
 */
#include <string.h>

#include "memops.h"

#define NULL_FOR_NOTHING __attribute__((no_sanitize("undefined")))

NULL_FOR_NOTHING
void *lkl_host_memcpy(void *to, const void *from, size_t n)
{
	return memcpy(to, from, n);
}

NULL_FOR_NOTHING
void *lkl_host_memmove(void *to, const void *from, size_t n)
{
	return memmove(to, from, n);
}

NULL_FOR_NOTHING
void *lkl_host_memset(void *to, int c, size_t n)
{
	return memset(to, c, n);
}

NULL_FOR_NOTHING
int lkl_host_memcmp(const void *a, const void *b, size_t n)
{
	return memcmp(a, b, n);
}

NULL_FOR_NOTHING
void *lkl_host_memchr(const void *s, int c, size_t n)
{
	return memchr(s, c, n);
}

size_t lkl_host_strlen(const char *s)
{
	return strlen(s);
}

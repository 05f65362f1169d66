/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memops.c - libc's memory functions, under the names that the kernel object
 * calls.
 *
 * The build renames these calls in the kernel object, so that libc's symbols
 * and the kernel's do not clash.  The kernel passes NULL with a length of 0,
 * which libc does not allow.
 */
#include <string.h>

#include "memops.h"

#define NULL_FOR_NOTHING __attribute__((no_sanitize("undefined")))

NULL_FOR_NOTHING
void *lkl_host_memcpy(void *to, const void *from, size_t n)
{
	return memcpy(to, from, n);
}

/*
 * The kernel may copy a whole page of what is a short string (the options of
 * mount(), for one), if that much can be read: a sanitizer must not look.
 */
#ifdef __SANITIZE_ADDRESS__
__attribute__((no_sanitize_address))
void lkl_host_read_user(void *to, const void *from, size_t n)
{
#ifdef __x86_64__
	__asm__ volatile("rep movsb"
			 : "+D" (to), "+S" (from), "+c" (n) : : "memory");
#else
	const volatile char *p = from;
	volatile char *q = to;

	while (n--)
		*q++ = *p++;
#endif
}
#else
NULL_FOR_NOTHING
void lkl_host_read_user(void *to, const void *from, size_t n)
{
	memcpy(to, from, n);
}
#endif

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

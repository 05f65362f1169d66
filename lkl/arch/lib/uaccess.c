// SPDX-License-Identifier: GPL-2.0-only
/*
 * uaccess.c - strings of callers.  They are read byte by byte of what is
 * theirs only: reading on to the end of a word might leave their memory.
 */
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/uaccess.h>

/* The length without the terminator, or @count if there is none in it. */
long strncpy_from_user(char *dst, const char __user *src, long count)
{
	size_t len;

	if (count <= 0)
		return 0;
	len = strnlen((const char __force *)src, count);
	memcpy(dst, (const char __force *)src, len);
	if (len < count)
		dst[len] = 0;
	return len;
}

/* The length with the terminator, or more than @n if there is none in it. */
long strnlen_user(const char __user *s, long n)
{
	return strnlen((const char __force *)s, n) + 1;
}

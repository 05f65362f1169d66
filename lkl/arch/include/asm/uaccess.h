/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * uaccess.h - access to the memory of callers.
 *
 * It is in the same address space, so the kernel reads and writes it directly.
 * If a caller's pointer is bad, the access faults, the host's signal handler
 * lets it continue elsewhere, and the access fails as it would on any other
 * machine.  Nothing is checked or looked up before.
 */
#ifndef _ASM_LKL_UACCESS_H
#define _ASM_LKL_UACCESS_H

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/types.h>
#include <asm/fixup.h>

/*
 * No program has memory in the upper half of the address space.  The rest is
 * left to the access itself.  arm64 ignores the top byte of an address.
 */
#ifdef CONFIG_LKL_HOST_X86_64
#define LKL_UPPER_HALF	(1ul << 63)
#define LKL_ADDRESS(p)	((unsigned long)(p))
#else
#define LKL_UPPER_HALF	(1ul << 55)
#define LKL_ADDRESS(p)	((unsigned long)(p) & ~(0xfful << 56))
#endif

static __always_inline int __access_ok(const void __user *ptr,
				       unsigned long size)
{
	unsigned long addr = LKL_ADDRESS((__force unsigned long)ptr);

	if (__builtin_constant_p(size) && size < LKL_UPPER_HALF)
		return addr + size <= LKL_UPPER_HALF;
	return size <= LKL_UPPER_HALF && addr <= LKL_UPPER_HALF - size;
}
#define __access_ok __access_ok

/* Out of line: lib/uaccess.c.  They return the number of bytes left. */
unsigned long lkl_copy_from_user(void *to, const void *from, unsigned long n);
unsigned long lkl_copy_to_user(void *to, const void *from, unsigned long n);
unsigned long lkl_clear_user(void *to, unsigned long n);

static __always_inline __must_check unsigned long
raw_copy_from_user(void *to, const void __user *user, unsigned long n)
{
	const void *from = (__force const void *)user;

	if (__builtin_constant_p(n)) {
		switch (n) {
		case 1:
			return lkl_load_1(from, to) ? n : 0;
		case 2:
			if (unlikely(lkl_load_2(from, to)))
				break;
			return 0;
		case 4:
			if (unlikely(lkl_load_4(from, to)))
				break;
			return 0;
		case 8:
			if (unlikely(lkl_load_8(from, to)))
				break;
			return 0;
		case 16:
			if (unlikely(lkl_load_8(from, to) ||
				     lkl_load_8(from + 8, to + 8)))
				break;
			return 0;
		}
	}
	return lkl_copy_from_user(to, from, n);
}

static __always_inline __must_check unsigned long
raw_copy_to_user(void __user *user, const void *from, unsigned long n)
{
	void *to = (__force void *)user;

	if (__builtin_constant_p(n)) {
		switch (n) {
		case 1:
			return lkl_store_1(to, from) ? n : 0;
		case 2:
			if (unlikely(lkl_store_2(to, from)))
				break;
			return 0;
		case 4:
			if (unlikely(lkl_store_4(to, from)))
				break;
			return 0;
		case 8:
			if (unlikely(lkl_store_8(to, from)))
				break;
			return 0;
		case 16:
			if (unlikely(lkl_store_8(to, from) ||
				     lkl_store_8(to + 8, from + 8)))
				break;
			return 0;
		}
	}
	return lkl_copy_to_user(to, from, n);
}
#define INLINE_COPY_FROM_USER
#define INLINE_COPY_TO_USER

static __always_inline int __get_user_fn(size_t size, const void __user *user,
					 void *to)
{
	const void *from = (__force const void *)user;
	bool fault = false;

	switch (size) {
	case 1:
		fault = lkl_load_1(from, to);
		break;
	case 2:
		fault = lkl_load_2(from, to);
		break;
	case 4:
		fault = lkl_load_4(from, to);
		break;
	case 8:
		fault = lkl_load_8(from, to);
		break;
	}
	return unlikely(fault) ? -EFAULT : 0;
}
#define __get_user_fn(size, user, to)	__get_user_fn(size, user, to)

static __always_inline int __put_user_fn(size_t size, void __user *user,
					 const void *from)
{
	void *to = (__force void *)user;
	bool fault = false;

	switch (size) {
	case 1:
		fault = lkl_store_1(to, from);
		break;
	case 2:
		fault = lkl_store_2(to, from);
		break;
	case 4:
		fault = lkl_store_4(to, from);
		break;
	case 8:
		fault = lkl_store_8(to, from);
		break;
	}
	return unlikely(fault) ? -EFAULT : 0;
}
#define __put_user_fn(size, user, from)	__put_user_fn(size, user, from)

static __always_inline __must_check unsigned long
__clear_user(void __user *to, unsigned long n)
{
	return lkl_clear_user((__force void *)to, n);
}
#define __clear_user __clear_user

long strncpy_from_user(char *dst, const char __user *src, long count);
#define strncpy_from_user strncpy_from_user
long strnlen_user(const char __user *s, long n);
#define strnlen_user strnlen_user

#include <asm-generic/uaccess.h>

#endif

// SPDX-License-Identifier: GPL-2.0-only
/*
 * uaccess.c - blocks and strings of callers' memory.
 *
 * A block is copied by libc's memcpy(), which may fault anywhere and copies in
 * an order of its own.  While it runs, vcpu->user_copy says how to get out of
 * it.  If it faults, the copy is done once more, a page at a time: either all
 * of a piece that is within a page can be accessed, or nothing of it.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/uaccess.h>
#include <asm/page.h>
#include <asm/vcpu.h>
#include <asm/word-at-a-time.h>

/*
 * guarded_*.S: copies and a memset(); 1 if they faulted, else 0.  They keep
 * the stack pointer with which to return in @copy->sp, NULL otherwise.
 */
int lkl_guarded_read(void *to, const void *from, unsigned long n,
		     struct lkl_user_copy *copy);
int lkl_guarded_write(void *to, const void *from, unsigned long n,
		      struct lkl_user_copy *copy);
int lkl_guarded_clear(void *to, int c, unsigned long n,
		      struct lkl_user_copy *copy);

static int try_read(void *to, const void *from, unsigned long n)
{
	struct lkl_user_copy *copy = &this_vcpu()->user_copy;

	copy->kernel = (unsigned long)to;
	copy->len = n;
	return lkl_guarded_read(to, from, n, copy);
}

static int try_write(void *to, const void *from, unsigned long n)
{
	struct lkl_user_copy *copy = &this_vcpu()->user_copy;

	copy->kernel = (unsigned long)from;
	copy->len = n;
	return lkl_guarded_write(to, from, n, copy);
}

static int try_clear(void *to, unsigned long n)
{
	struct lkl_user_copy *copy = &this_vcpu()->user_copy;

	copy->len = 0;
	return lkl_guarded_clear(to, 0, n, copy);
}

static unsigned long until_page_end(const void *user, unsigned long n)
{
	return min(n, PAGE_SIZE - ((unsigned long)user & ~PAGE_MASK));
}

unsigned long lkl_copy_from_user(void *to, const void *from, unsigned long n)
{
	unsigned long part;

	if (likely(!try_read(to, from, n)))
		return 0;
	for (; n; n -= part, to += part, from += part) {
		part = until_page_end(from, n);
		if (try_read(to, from, part))
			break;
	}
	return n;
}
EXPORT_SYMBOL(lkl_copy_from_user);

unsigned long lkl_copy_to_user(void *to, const void *from, unsigned long n)
{
	unsigned long part;

	if (likely(!try_write(to, from, n)))
		return 0;
	for (; n; n -= part, to += part, from += part) {
		part = until_page_end(to, n);
		if (try_write(to, from, part))
			break;
	}
	return n;
}
EXPORT_SYMBOL(lkl_copy_to_user);

unsigned long lkl_clear_user(void *to, unsigned long n)
{
	unsigned long part;

	if (likely(!try_clear(to, n)))
		return 0;
	for (; n; n -= part, to += part) {
		part = until_page_end(to, n);
		if (try_clear(to, part))
			break;
	}
	return n;
}
EXPORT_SYMBOL(lkl_clear_user);

/*
 * The length without the terminator, or @count if there is none in it.
 *
 * An aligned word is never on two pages.  So words are read only where some of
 * the string's own bytes are, and an unmapped page beside it does not matter.
 */
long strncpy_from_user(char *dst, const char __user *src, long count)
{
	const struct word_at_a_time constants = WORD_AT_A_TIME_CONSTANTS;
	const char *from = (__force const char *)src;
	unsigned long before = (unsigned long)from % sizeof(unsigned long);
	unsigned long word, zeroes;
	long i = 0;

	if (unlikely(count <= 0))
		return 0;
	if (!access_ok(src, 1))
		return -EFAULT;
	while (i + (long)sizeof(word) <= count) {
		if (lkl_load_8(from + i - before, &word))
			return -EFAULT;
		/* Drop the bytes before the string; put in no zeroes. */
		if (before) {
			word >>= 8 * before;
			word |= ~0ul << (8 * (sizeof(word) - before));
		}
		if (has_zero(word, &zeroes, &constants)) {
			zeroes = prep_zero_mask(word, zeroes, &constants);
			zeroes = create_zero_mask(zeroes);
			word &= zero_bytemask(zeroes);
			__builtin_memcpy(dst + i, &word, sizeof(word));
			return i + find_zero(zeroes);
		}
		__builtin_memcpy(dst + i, &word, sizeof(word));
		i += sizeof(word) - before;
		before = 0;
	}
	for (; i < count; i++) {
		if (lkl_load_1(from + i, dst + i))
			return -EFAULT;
		if (!dst[i])
			return i;
	}
	return count;
}
EXPORT_SYMBOL(strncpy_from_user);

/*
 * The length with the terminator, more than @n if there is none in it, or 0 if
 * it cannot be read.
 */
long strnlen_user(const char __user *s, long n)
{
	const struct word_at_a_time constants = WORD_AT_A_TIME_CONSTANTS;
	const char *from = (__force const char *)s;
	unsigned long word, zeroes;
	long i = 0;
	char c;

	if (n <= 0 || !access_ok(s, 1))
		return 0;
	while (i < n) {
		if (!((unsigned long)(from + i) % sizeof(word))) {
			if (lkl_load_8(from + i, &word))
				return 0;
			if (!has_zero(word, &zeroes, &constants)) {
				i += sizeof(word);
				continue;
			}
		}
		if (lkl_load_1(from + i, &c))
			return 0;
		i++;
		if (!c)
			return i;
	}
	return n + 1;
}
EXPORT_SYMBOL(strnlen_user);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * page_end_kunit.c - loads at the end of a page, with another page behind it
 * and with none.
 */
#include <kunit/test.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <asm/word-at-a-time.h>

/* @pages, and no page behind them. */
static char *make_pages(struct kunit *test, unsigned long pages)
{
	char *p = vmalloc(pages * PAGE_SIZE);

	KUNIT_ASSERT_NOT_NULL(test, p);
	memset(p, 'x', pages * PAGE_SIZE);
	return p;
}

static void load_across_pages(struct kunit *test)
{
	char *p = make_pages(test, 2);
	unsigned long want;
	char *at;
	int i;

	for (at = p + PAGE_SIZE - 12; at < p + PAGE_SIZE + 4; at++) {
		for (i = 0; i < 8; i++)
			at[i] = 'a' + i;
		memcpy(&want, at, sizeof(want));
		KUNIT_EXPECT_EQ(test, load_unaligned_zeropad(at), want);
	}
	vfree(p);
}

static void load_at_end(struct kunit *test)
{
	char *p = make_pages(test, 1), *end = p + PAGE_SIZE;
	unsigned long want;
	int there;

	for (there = 1; there <= 8; there++) {
		want = 0;
		memcpy(&want, end - there, there);
		KUNIT_EXPECT_EQ(test, load_unaligned_zeropad(end - there),
				want);
	}
	vfree(p);
}

static void copy_string(struct kunit *test)
{
	char *p = make_pages(test, 2), *end = p + 2 * PAGE_SIZE, *at;
	char buf[16];

	for (at = p + PAGE_SIZE - 8; at <= p + PAGE_SIZE; at++) {
		strcpy(at, "tmpfs");
		KUNIT_EXPECT_EQ(test, strscpy(buf, at, sizeof(buf)), 5);
		KUNIT_EXPECT_STREQ(test, buf, "tmpfs");
	}
	strcpy(end - 6, "tmpfs");
	KUNIT_EXPECT_EQ(test, strscpy(buf, end - 6, sizeof(buf)), 5);
	KUNIT_EXPECT_STREQ(test, buf, "tmpfs");
	vfree(p);
}

/* Kernel code that tries an address without knowing whether it is good. */
static void try_address(struct kunit *test)
{
	char *p = make_pages(test, 1), *end = p + PAGE_SIZE;
	char buf[16];

	KUNIT_EXPECT_EQ(test, copy_from_kernel_nofault(buf, end - 8, 8), 0);
	KUNIT_EXPECT_EQ(test, copy_from_kernel_nofault(buf, end - 4, 8),
			-EFAULT);
	KUNIT_EXPECT_EQ(test, copy_to_kernel_nofault(end - 4, buf, 8),
			-EFAULT);
	KUNIT_EXPECT_EQ(test, strncpy_from_kernel_nofault(buf, NULL, 8),
			-EFAULT);
	vfree(p);
}

static struct kunit_case page_end_cases[] = {
	KUNIT_CASE(load_across_pages),
	KUNIT_CASE(load_at_end),
	KUNIT_CASE(copy_string),
	KUNIT_CASE(try_address),
	{ }
};

static struct kunit_suite page_end_suite = {
	.name = "lkl_page_end",
	.test_cases = page_end_cases,
};
kunit_test_suite(page_end_suite);

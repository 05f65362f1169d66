// SPDX-License-Identifier: GPL-2.0-only
/*
 * find-test.c - lklfs find: the conditions that files have to meet.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE			/* FNM_CASEFOLD */
#endif
#include "find.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <lkl.h>

#include "common/cli/mode.h"
#include "common/cli/parse.h"
#include "common/cli/quote.h"
#include "common/error.h"
#include "common/tree/directory.h"
#include "common/tree/file-calls.h"

/* "+7", "-7" or "7", with a unit behind it if there are any. */
static int parse_comparison(const char *text, const char *units,
			    struct find_test *test, struct lkl_error *err)
{
	static const struct {
		char letter;
		uint64_t bytes;
	} sizes[] = {
		{ 'b', 512 }, { 'c', 1 }, { 'w', 2 }, { 'k', 1 << 10 },
		{ 'M', 1 << 20 }, { 'G', 1 << 30 },
	};
	char digits[24];
	size_t len, i;

	if (*text == '+' || *text == '-')
		test->sign = *text++;
	len = strspn(text, "0123456789");
	if (!len || len >= sizeof(digits) ||
	    (text[len] && (text[len + 1] || !strchr(units, text[len]))))
		return error_set(err, -EINVAL, "not a number: %s",
				 quote_name(text));
	for (i = 0; text[len] && i < sizeof(sizes) / sizeof(*sizes); i++)
		if (sizes[i].letter == text[len])
			test->unit = sizes[i].bytes;
	memcpy(digits, text, len);
	digits[len] = '\0';
	return parse_number(digits, UINT64_MAX, &test->value, err);
}

static int parse_permissions(const char *text, struct find_test *test,
			     struct lkl_error *err)
{
	int ret;

	if (*text == '-' || *text == '/')
		test->sign = *text++;
	ret = mode_check(text, err);
	if (!ret)
		test->value = mode_change(text, 0);
	return ret;
}

int find_add(struct find *find, enum find_kind kind, const char *argument,
	     struct lkl_error *err)
{
	struct find_test *test = &find->tests[find->n];

	if (find->n == FIND_TESTS_MAX)
		return error_set(err, -E2BIG, "more than %u conditions",
				 FIND_TESTS_MAX);
	memset(test, 0, sizeof(*test));
	test->kind = kind;
	test->text = argument;
	find->n++;
	switch (kind) {
	case FIND_TYPE:
		if (!*argument ||
		    argument[strspn(argument, "fdlbcps,")])
			return error_set(err, -EINVAL,
					 "not letters of f, d, l, b, c, p, s: %s",
					 quote_name(argument));
		return 0;
	case FIND_SIZE:
		test->unit = 512;
		return parse_comparison(argument, "bcwkMG", test, err);
	case FIND_MTIME:
		test->unit = 86400;
		return parse_comparison(argument, "", test, err);
	case FIND_MMIN:
		test->unit = 60;
		return parse_comparison(argument, "", test, err);
	case FIND_UID:
	case FIND_GID:
	case FIND_LINKS:
	case FIND_INUM:
		test->unit = 1;
		return parse_comparison(argument, "", test, err);
	case FIND_PERM:
		return parse_permissions(argument, test, err);
	default:
		return 0;
	}
}

int find_resolve(struct find *find, struct accounts *accounts,
		 struct lkl_error *err)
{
	struct find_test *test;
	uint32_t id = 0;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < find->n && !ret; i++) {
		test = &find->tests[i];
		if (test->kind == FIND_USER)
			ret = accounts_parse_user(accounts, test->text, &id,
						  err);
		else if (test->kind == FIND_GROUP)
			ret = accounts_parse_group(accounts, test->text, &id,
						   err);
		else
			continue;
		test->value = id;
	}
	return ret;
}

static bool compare(const struct find_test *test, uint64_t value)
{
	if (test->sign == '+')
		return value > test->value;
	return test->sign == '-' ? value < test->value : value == test->value;
}

static bool has_permissions(const struct find_test *test, unsigned int mode)
{
	mode &= 07777;
	if (test->sign == '-')
		return (mode & test->value) == test->value;
	if (test->sign == '/')
		return !test->value || mode & test->value;
	return mode == test->value;
}

/* Whole units of age.  A time in the future is less than any. */
static bool has_age(const struct find *find, const struct find_test *test,
		    const struct lkl_statx *st)
{
	int64_t age = find->now - st->stx_mtime.tv_sec;

	if (age < 0)
		return test->sign == '-';
	return compare(test, (uint64_t)age / test->unit);
}

static int is_empty(int dir, const char *name, const struct lkl_statx *st)
{
	struct directory directory;
	const char *entry;
	int fd, ret;

	if (S_ISREG(st->stx_mode))
		return !st->stx_size;
	if (!S_ISDIR(st->stx_mode))
		return 0;
	fd = (int)lkl_sys_openat(dir, name, LKL_O_RDONLY | LKL_O_DIRECTORY |
				 LKL_O_NOFOLLOW | LKL_O_CLOEXEC, 0);
	if (fd < 0)
		return fd;
	directory_init(&directory, &image_calls.directory, fd, SORT_NONE);
	ret = directory_next(&directory, &entry);
	directory_close(&directory);
	return ret < 0 ? ret : !ret;
}

static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

int find_test_file(const struct find *find, const struct find_test *test,
		   int dir, const char *name, const char *path,
		   const struct lkl_statx *st)
{
	switch (test->kind) {
	case FIND_NAME:
		return !fnmatch(test->text, last_component(path), 0);
	case FIND_INAME:
		return !fnmatch(test->text, last_component(path),
				FNM_CASEFOLD);
	case FIND_PATH:
		return !fnmatch(test->text, path, 0);
	case FIND_TYPE:
		return !!strchr(test->text, mode_type_letter(st->stx_mode));
	case FIND_SIZE:
		return compare(test, st->stx_size / test->unit +
			       !!(st->stx_size % test->unit));
	case FIND_MTIME:
	case FIND_MMIN:
		return has_age(find, test, st);
	case FIND_PERM:
		return has_permissions(test, st->stx_mode);
	case FIND_UID:
	case FIND_USER:
		return compare(test, st->stx_uid);
	case FIND_GID:
	case FIND_GROUP:
		return compare(test, st->stx_gid);
	case FIND_LINKS:
		return compare(test, st->stx_nlink);
	case FIND_INUM:
		return compare(test, st->stx_ino);
	case FIND_EMPTY:
		return is_empty(dir, name, st);
	default:
		return 0;
	}
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * find.h - lklfs find: the conditions that files have to meet.
 */
#ifndef LKLFS_FIND_H
#define LKLFS_FIND_H

#include "commands.h"

enum find_kind {
	FIND_NAME,
	FIND_INAME,
	FIND_PATH,
	FIND_TYPE,
	FIND_SIZE,
	FIND_MTIME,
	FIND_MMIN,
	FIND_PERM,
	FIND_UID,
	FIND_GID,
	FIND_USER,
	FIND_GROUP,
	FIND_LINKS,
	FIND_INUM,
	FIND_EMPTY,
	/* Operators, which combine the tests before and after them. */
	FIND_OPERATORS,
	FIND_NOT,
	FIND_AND,
	FIND_OR,
	FIND_OPEN,
	FIND_CLOSE,
};

/* A test, or an operator, which has a kind only. */
struct find_test {
	enum find_kind kind;
	const char *text;		/* a pattern, or letters of types */
	char sign;			/* '+', '-', '/', or 0: exactly */
	uint64_t value;
	uint64_t unit;			/* of value, in bytes or seconds */
};

#define FIND_TESTS_MAX 64

struct find {
	struct find_test tests[FIND_TESTS_MAX];
	unsigned int n;
	unsigned int min_depth, max_depth;
	bool zero;			/* names end with a zero byte */
	bool one_file_system;
	int64_t now;
};

/* find_add - add a test or an operator from the command line */
int find_add(struct find *find, enum find_kind kind, const char *argument,
	     struct lkl_error *err);

/* find_resolve - look up the names of users and groups in the image */
int find_resolve(struct find *find, struct accounts *accounts,
		 struct lkl_error *err);

/* find_check - whether the tests and operators make sense together: 0 or -EINVAL */
int find_check(const struct find *find, struct lkl_error *err);

/* find_test_file - whether a file passes one test: 1, 0, or -errno */
int find_test_file(const struct find *find, const struct find_test *test,
		   int dir, const char *name, const char *path,
		   const struct lkl_statx *st);

/*
 * find_matches - whether a file meets the conditions
 *
 * find_check() has accepted them.
 *
 * Returns 1, 0, or -errno: it could not be found out.
 */
int find_matches(const struct find *find, int dir, const char *name,
		 const char *path, const struct lkl_statx *st);

#endif /* LKLFS_FIND_H */

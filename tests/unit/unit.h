/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * unit.h - what C unit tests share: checks, and one line for each test.
 *
 * A test is a function without arguments.  RUN() calls it and prints "ok" or
 * "not ok"; a check that fails says where and why and lets the test go on,
 * REQUIRE() ends the program where going on makes no sense.
 */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int unit_number, unit_failures;
static bool unit_ok;

#define CHECK(cond)							\
	do {								\
		if (!(cond)) {						\
			printf("# %s:%d: %s\n", __FILE__, __LINE__,	\
			       #cond);					\
			unit_ok = false;				\
		}							\
	} while (0)

/* Compares integers and says what they were. */
#define CHECK_EQ(got, want)						\
	do {								\
		long long unit_got = (long long)(got);			\
		long long unit_want = (long long)(want);		\
		if (unit_got != unit_want) {				\
			printf("# %s:%d: %s is %lld, not %s (%lld)\n",	\
			       __FILE__, __LINE__, #got, unit_got,	\
			       #want, unit_want);			\
			unit_ok = false;				\
		}							\
	} while (0)

#define CHECK_STR(got, want)						\
	do {								\
		const char *unit_got = (got), *unit_want = (want);	\
		if (strcmp(unit_got, unit_want)) {			\
			printf("# %s:%d: %s is \"%s\", not \"%s\"\n",	\
			       __FILE__, __LINE__, #got, unit_got,	\
			       unit_want);				\
			unit_ok = false;				\
		}							\
	} while (0)

#define REQUIRE(cond)							\
	do {								\
		if (!(cond)) {						\
			printf("# %s:%d: %s: cannot go on\n", __FILE__,	\
			       __LINE__, #cond);			\
			printf("not ok\n");				\
			exit(1);					\
		}							\
	} while (0)

#define RUN(test)							\
	do {								\
		unit_ok = true;						\
		test();							\
		if (!unit_ok)						\
			unit_failures++;				\
		printf("%s %d - %s\n", unit_ok ? "ok" : "not ok",	\
		       ++unit_number, #test);				\
		fflush(stdout);						\
	} while (0)

/* The last line of main(). */
static inline int unit_exit(void)
{
	printf("1..%d\n", unit_number);
	return unit_failures || !unit_number;
}

#define SKIP_ALL(...)							\
	do {								\
		/* One call, for the first may change errno. */		\
		printf("skip: " __VA_ARGS__);				\
		printf("\n");						\
		exit(77);						\
	} while (0)

#endif /* TESTS_UNIT_H */

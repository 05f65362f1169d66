/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * unit.h - checks for C unit tests.
 *
 * A test is a function without arguments.  RUN() calls it and prints "ok" or
 * "not ok".  A check that fails prints where and why, and the test goes on.
 * REQUIRE() ends the program.  A check that fails outside RUN() fails the
 * program, too.
 */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int unit_number, unit_failures;
static bool unit_ok = true, unit_any_failed;

/* Flushed, for the check may be in a child that ends by _exit(). */
static inline void __attribute__((format(printf, 3, 4)))
unit_fail(const char *file, int line, const char *format, ...)
{
	va_list args;

	unit_ok = false;
	unit_any_failed = true;
	/* tests/run fails a test that prints such a line. */
	printf("FAIL %s:%d: ", file, line);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
}

#define CHECK(cond)							\
	do {								\
		if (!(cond))						\
			unit_fail(__FILE__, __LINE__, "%s", #cond);	\
	} while (0)

/* Compares integers and says what they were. */
#define CHECK_EQ(got, want)						\
	do {								\
		long long unit_got = (long long)(got);			\
		long long unit_want = (long long)(want);		\
		if (unit_got != unit_want)				\
			unit_fail(__FILE__, __LINE__,			\
				  "%s is %lld, not %s (%lld)", #got,	\
				  unit_got, #want, unit_want);		\
	} while (0)

#define CHECK_STR(got, want)						\
	do {								\
		const char *unit_got = (got), *unit_want = (want);	\
		if (strcmp(unit_got, unit_want))			\
			unit_fail(__FILE__, __LINE__,			\
				  "%s is \"%s\", not \"%s\"", #got,	\
				  unit_got, unit_want);			\
	} while (0)

#define REQUIRE(cond)							\
	do {								\
		if (!(cond)) {						\
			unit_fail(__FILE__, __LINE__,			\
				  "%s: cannot go on", #cond);		\
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
	if (!unit_number)
		printf("FAIL: main() has no RUN()\n");
	printf("1..%d\n", unit_number);
	return unit_any_failed || unit_failures || !unit_number;
}

#define SKIP_ALL(...)							\
	do {								\
		/* One call, for the first may change errno. */		\
		printf("skip: " __VA_ARGS__);				\
		printf("\n");						\
		exit(77);						\
	} while (0)

#endif /* TESTS_UNIT_H */

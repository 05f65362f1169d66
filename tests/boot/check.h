/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * check.h - checks of programs that boot the kernel.
 *
 * A check that fails says where, what came and what was expected, and lets
 * the program go on; MUST() and REQUIRE() end it where going on makes no
 * sense.  All of them may be used from several threads.
 */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lkl.h>

/* Helpers in headers that a program may or may not use. */
#define HELPER static __attribute__((unused))

static atomic_int check_failures;

HELPER void __attribute__((format(printf, 3, 4)))
check_fail(const char *file, int line, const char *format, ...)
{
	char text[1024];
	va_list args;

	atomic_fetch_add(&check_failures, 1);
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	printf("FAIL %s:%d: %s\n", file, line, text);
	fflush(stdout);
}

HELPER const char *check_name(long result)
{
	return result < 0 ? lkl_strerror((int)result) : "no error";
}

HELPER long check_ok(const char *file, int line, const char *call, long got)
{
	if (got < 0)
		check_fail(file, line, "%s is %ld (%s)", call, got,
			   check_name(got));
	return got;
}

HELPER long check_is(const char *file, int line, const char *call, long got,
		     long want)
{
	if (got != want)
		check_fail(file, line, "%s is %ld (%s), not %ld (%s)", call,
			   got, check_name(got), want, check_name(want));
	return got;
}

HELPER long check_must(const char *file, int line, const char *call, long got)
{
	if (got >= 0)
		return got;
	check_ok(file, line, call, got);
	exit(1);
}

/* A call that succeeds; its value. */
#define OK(call)	check_ok(__FILE__, __LINE__, #call, (long)(call))
/* A call that returns this. */
#define IS(call, want)	\
	check_is(__FILE__, __LINE__, #call, (long)(call), (long)(want))
/* A call without which the rest makes no sense. */
#define MUST(call)	check_must(__FILE__, __LINE__, #call, (long)(call))

#define CHECK(cond)							\
	do {								\
		if (!(cond))						\
			check_fail(__FILE__, __LINE__, "%s", #cond);	\
	} while (0)

/* With a message that says what the values were. */
#define CHECK_THAT(cond, ...)						\
	do {								\
		if (!(cond))						\
			check_fail(__FILE__, __LINE__, __VA_ARGS__);	\
	} while (0)

#define REQUIRE(cond)							\
	do {								\
		if (!(cond)) {						\
			check_fail(__FILE__, __LINE__, "%s", #cond);	\
			exit(1);					\
		}							\
	} while (0)

HELPER void __attribute__((format(printf, 1, 2), noreturn))
skip(const char *format, ...)
{
	va_list args;

	printf("skip: ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	exit(77);
}

/* The last line of main(). */
HELPER int check_exit(void)
{
	int n = atomic_load(&check_failures);

	if (n)
		printf("%d checks failed\n", n);
	return n != 0;
}

#endif /* TESTS_CHECK_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * check-call.h - for programs that scripts compile: CHECK() ends the process with a
 * message and status 1 if @what, which may have set errno, does not hold.
 */
#ifndef TESTS_CHECK_CALL_H
#define TESTS_CHECK_CALL_H

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CHECK(what) do { \
	if (!(what)) { \
		printf("line %d: %s: %s\n", __LINE__, #what, strerror(errno)); \
		fflush(stdout); \
		_exit(1); \
	} \
} while (0)

#endif /* TESTS_CHECK_CALL_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * shell.h - runs a shell command, for unit tests that use programs as oracles.
 */
#ifndef TESTS_UNIT_SHELL_H
#define TESTS_UNIT_SHELL_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

/* Its exit status, 128 if it has none. */
__attribute__((format(printf, 1, 2)))
static inline int shell(const char *fmt, ...)
{
	char command[2048];
	va_list args;
	int status;

	va_start(args, fmt);
	vsnprintf(command, sizeof(command), fmt, args);
	va_end(args);
	fflush(stdout);
	status = system(command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

#endif /* TESTS_UNIT_SHELL_H */

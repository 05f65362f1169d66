/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * suites.c - the kernel's own unit tests, which run while it boots in this
 * process.
 *
 * Linked with the kernel of lkl/arch/configs/kunit.config.  The log is KTAP;
 * a line at its outermost level is the result of one suite.
 *
 * timeout: 120
 */
#include <stdio.h>
#include <string.h>

#include "lkl.h"

static unsigned int passed, failed;
static int panicked;

static void log_line(int level, const char *line, size_t len, void *opaque)
{
	(void)level;
	(void)opaque;
	printf("%.*s\n", (int)len, line);
	if (len > 3 && !memcmp(line, "ok ", 3))
		passed++;
	if (len > 7 && !memcmp(line, "not ok ", 7))
		failed++;
}

static void panic(const char *message, void *opaque)
{
	(void)opaque;
	printf("panic: %s\n", message);
	panicked = 1;
}

int main(void)
{
	const struct lkl_options options = {
		.size = sizeof(options),
		.memory = 128ull << 20,
		.log = log_line,
		.panic = panic,
		.flags = LKL_CATCH_FAULTS,
	};
	struct lkl_error err;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (lkl_start(&options, &err)) {
		printf("start: %s\n", err.text);
		return 1;
	}
	printf("%u suites passed, %u failed\n", passed, failed);
	if (lkl_halt() || panicked)
		return 1;
	/* Fewer than are configured means that they did not run. */
	return failed || passed < 12;
}

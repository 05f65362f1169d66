// SPDX-License-Identifier: GPL-2.0-only
/*
 * report.c - messages of a tool on standard error.
 *
 * Each message is one write(), so that lines of several threads and of the
 * kernel's log do not mix.
 */
#include "report.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/hash.h"

static const char *report_program = "lkl";
static bool report_quiet;
static void (*report_before)(void);

void report_init(const char *program)
{
	report_program = program;
}

void report_set_quiet(bool quiet)
{
	report_quiet = quiet;
}

void report_set_before(void (*before)(void))
{
	report_before = before;
}

static void write_stderr(const char *text, size_t len)
{
	/* There is nowhere left to report a failure of this. */
	if (write(STDERR_FILENO, text, len) < 0)
		return;
}

/* Hashes of the messages that were printed; 0: unused.  NULL: not kept. */
#define TOLD_MAX	8192u
#define TOLD_TRIES	64u
static uint64_t *report_told;

void report_once(void)
{
	void *map;

	if (report_told)
		return;
	map = mmap(NULL, TOLD_MAX * sizeof(*report_told),
		   PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	/* Without it, messages are repeated. */
	if (map != MAP_FAILED)
		report_told = map;
}

/* Whether a message was printed before; notes it. */
static bool was_told(const char *text, size_t len)
{
	uint64_t hash, old;
	unsigned int i, at;

	if (!report_told)
		return false;
	hash = hash_bytes(text, len);
	for (i = 0; i < TOLD_TRIES; i++) {
		at = (unsigned int)(hash + i) % TOLD_MAX;
		old = 0;
		if (__atomic_compare_exchange_n(&report_told[at], &old, hash,
						false, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED))
			return false;
		if (old == hash)
			return true;
	}
	return false;
}

static void report_message(const char *kind, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

static void report_message(const char *kind, const char *format, va_list args)
{
	char text[8192];
	size_t len = 0;
	int n;

	if (kind)
		len = (size_t)snprintf(text, sizeof(text), "%s: %s",
				       report_program, kind);
	n = vsnprintf(text + len, sizeof(text) - len, format, args);
	if (n < 0)
		return;
	len += (size_t)n;
	/* A message that is too long loses its end, but not the newline. */
	if (len > sizeof(text) - 1)
		len = sizeof(text) - 1;
	if (kind && was_told(text, len))
		return;
	if (report_before)
		report_before();
	text[len++] = '\n';
	write_stderr(text, len);
}

void report_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	report_message("", format, args);
	va_end(args);
}

void report_warning(const char *format, ...)
{
	va_list args;

	if (report_quiet)
		return;
	va_start(args, format);
	report_message("warning: ", format, args);
	va_end(args);
}

void report_from_signal(const char *text)
{
	const struct iovec parts[] = {
		{ (char *)report_program, strlen(report_program) },
		{ (char *)": ", 2 },
		{ (char *)text, strlen(text) },
		{ (char *)"\n", 1 },
	};

	if (writev(STDERR_FILENO, parts, 4) < 0)
		return;
}

#define KERNEL_LINE_MAX 1024

void report_kernel(int level, const char *line, size_t len)
{
	char text[32 + KERNEL_LINE_MAX];
	size_t at, i;

	if (report_before)
		report_before();
	at = (size_t)sprintf(text, "kernel: <%d> ", level);
	if (len > KERNEL_LINE_MAX)
		len = KERNEL_LINE_MAX;
	/* The line may hold names from the image: mask control characters. */
	for (i = 0; i < len; i++)
		text[at++] = (line[i] & 0x60) && line[i] != 0x7f ? line[i] : '?';
	text[at++] = '\n';
	write_stderr(text, at);
}

void report_line(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	report_message(NULL, format, args);
	va_end(args);
}

void report_usage_error(const char *text)
{
	report_error("%s", text);
	report_line("Try '%s --help' for more information.", report_program);
}

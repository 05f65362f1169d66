// SPDX-License-Identifier: GPL-2.0-only
/*
 * report.c - messages of a tool on standard error.
 *
 * Each message is one write(), so that lines of several threads and of the
 * kernel's log do not mix.
 */
#include "report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

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

static void report_message(const char *kind, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

static void report_message(const char *kind, const char *format, va_list args)
{
	char text[8192];
	size_t len = 0;
	int n;

	if (report_before)
		report_before();
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

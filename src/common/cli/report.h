/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report.h - messages of a tool on standard error.
 */
#ifndef TOOLS_REPORT_H
#define TOOLS_REPORT_H

#include <stdbool.h>
#include <stddef.h>

/* Prefix each message with @program, which is not copied. */
void report_init(const char *program);

/* Suppress warnings. */
void report_set_quiet(bool quiet);

/* Call @before ahead of each message, without a lock; NULL: do not. */
void report_set_before(void (*before)(void));

/*
 * report_once - print each message only once from now on
 *
 * Also those of processes that are forked afterwards: they share the memory of
 * it.  After some thousands of messages, more are repeated.
 */
void report_once(void);

#define report_printf __attribute__((format(printf, 1, 2)))

/* An error; the tool's exit status will not be 0. */
void report_error(const char *format, ...) report_printf;
/* The same for a mistake in the command line; points to --help. */
void report_usage_error(const char *text);
/* A warning; it does not change the exit status. */
void report_warning(const char *format, ...) report_printf;
/* A line of a list, without a prefix, as often as it is called. */
void report_line(const char *format, ...) report_printf;

/* An error, from a signal handler; it does not clear the progress line. */
void report_from_signal(const char *text);

/* A line of the kernel's log.  Uses little stack, for callers in the kernel. */
void report_kernel(int level, const char *line, size_t len);

#endif /* TOOLS_REPORT_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report.h - what a tool says on standard error.
 */
#ifndef TOOLS_REPORT_H
#define TOOLS_REPORT_H

#include <stdbool.h>
#include <stddef.h>

/* @program is put in front of each message; not copied. */
void report_init(const char *program);

/* No warnings, no notes. */
void report_set_quiet(bool quiet);

/* Called before each message, with no lock held; NULL: nothing. */
void report_set_before(void (*before)(void));

#define report_printf __attribute__((format(printf, 1, 2)))

/* Something the user asked for was not done: the exit status is not 0. */
void report_error(const char *format, ...) report_printf;
/* Worth knowing, the exit status stays as it is. */
void report_warning(const char *format, ...) report_printf;
/* A line without prefix, of a list. */
void report_line(const char *format, ...) report_printf;

/* A line of the kernel's log.  Takes little stack: it may be a kernel's. */
void report_kernel(int level, const char *line, size_t len);

#endif /* TOOLS_REPORT_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mode.h - permissions of files, as ls shows them and chmod takes them.
 */
#ifndef TOOLS_MODE_H
#define TOOLS_MODE_H

#include <stdbool.h>

#include <lkl.h>

/* "-rwxr-xr-x" and a zero byte */
#define MODE_TEXT_MAX 11

/* mode_format - as "ls -l" shows type and permissions.  Returns @buf. */
const char *mode_format(unsigned int mode, char buf[MODE_TEXT_MAX]);

/* mode_type_letter - as "find -type" has it: f, d, l, b, c, p or s */
char mode_type_letter(unsigned int mode);

/* mode_type_name - "file", "directory", "link", ...; "unknown" */
const char *mode_type_name(unsigned int mode);

/*
 * mode_check - is it a mode that mode_change() understands?
 *
 * Octal digits, or clauses as "u+rw,go-w,a=rX".  -EINVAL.
 */
int mode_check(const char *text, struct lkl_error *err);

/*
 * mode_change - the permissions after a change
 * @text: one that mode_check() has accepted
 * @mode: type and permissions before
 *
 * As with chmod, digits leave the set-id bits of a directory, unless there are
 * five of them.
 */
unsigned int mode_change(const char *text, unsigned int mode);

#endif /* TOOLS_MODE_H */

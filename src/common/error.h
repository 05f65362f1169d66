/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * error.h - fill the library's message object.
 *
 * The layer that fails writes the sentence.  Each layer above it prefixes the
 * place: "disk.qcow2: partition 2: no file system found".
 */
#ifndef TOOLS_ERROR_H
#define TOOLS_ERROR_H

#include <stdio.h>

#include <lkl.h>

/* Set the sentence.  Returns @code, for "return error_set(...)". */
int error_set(struct lkl_error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Prefix the sentence with "TEXT: ".  Returns @code. */
int error_prefix(struct lkl_error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Remove "TEXT: " from the front, if it is there: a path that says nothing to
 * users.  Returns @code.
 */
int error_drop_prefix(struct lkl_error *err, int code, const char *text);

/* Say that the host has no memory left.  Returns -ENOMEM. */
int error_no_memory(struct lkl_error *err);

/*
 * error_flush - write out what was printed to standard output or standard error
 * @what: as in "cannot write the list of files"
 *
 * Returns 0 or -EIO: that may be a full disk, or nothing at all.
 */
int error_flush(FILE *stream, const char *what, struct lkl_error *err);

#endif /* TOOLS_ERROR_H */

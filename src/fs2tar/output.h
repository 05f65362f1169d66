/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * output.h - the file that the archive goes to.
 *
 * A regular file gets its name only when it is complete.
 */
#ifndef FS2TAR_OUTPUT_H
#define FS2TAR_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include <lkl.h>

struct output;

/*
 * output_check - refuse what needs no image to be refused
 * @path: NULL or "-" is standard output
 *
 * -ENOTTY for a terminal.
 */
int output_check(const char *path, struct lkl_error *err);

/* Nothing that exists under @path changes before output_complete(). */
int output_open(const char *path, struct output **ret_output,
		struct lkl_error *err);

/* What would be replaced or written to, as stat() shows it; false: nothing. */
bool output_target(const char *path, struct stat *ret_stat);

/* A stream_write_fn; @opaque is the output. */
int output_write(void *opaque, const void *data, size_t len);

/*
 * output_complete - all was written: give the file its name
 * @sync: wait until it is on stable storage first
 *
 * Frees @output in any case.  Without success there is no file.
 */
int output_complete(struct output *output, bool sync, struct lkl_error *err);

/* Remove and free. */
void output_discard(struct output *output);

#endif /* FS2TAR_OUTPUT_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * output.h - the file that a tool makes: an archive or an image.
 *
 * A regular file gets its name only when it is complete.
 */
#ifndef TOOLS_OUTPUT_H
#define TOOLS_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include <lkl.h>

struct output;

/*
 * output_check - refuse a terminal, before the image is opened
 * @path: NULL or "-" is standard output
 *
 * -ENOTTY for a terminal.
 */
int output_check(const char *path, struct lkl_error *err);

/*
 * The file has a temporary name from the start: some programs refuse a file
 * without one.
 * Only a regular file can be the output then.
 */
#define OUTPUT_NAMED	0x1u

/*
 * output_open - begin a file
 * @flags: OUTPUT_NAMED or 0
 *
 * Leaves an existing file of this name unchanged until output_complete().
 */
int output_open(const char *path, unsigned int flags,
		struct output **ret_output, struct lkl_error *err);

/*
 * output_self - a path that opens the regular file again
 *
 * It leads to the file itself, whatever other users do with its temporary name.
 * Valid in this process and its children, until @output is freed.
 */
const char *output_self(const struct output *output);

/* stat() of the file that would be replaced or written; false if none. */
bool output_target(const char *path, struct stat *ret_stat);

/*
 * output_folder - the folder in which output_open() makes the file
 *
 * Where links lead to.  To be freed; NULL with errno if there is none.
 */
char *output_folder(const char *path);

/* Whether two paths lead to the same file, which need not exist yet. */
bool outputs_are_same(const char *a, const char *b);

/* A stream_write_fn; @opaque is the output. */
int output_write(void *opaque, const void *data, size_t len);

/*
 * output_complete - give the file its name
 * @sync: wait until it is on stable storage first
 *
 * Frees @output in any case.  On failure there is no file.
 */
int output_complete(struct output *output, bool sync, struct lkl_error *err);

/* Removes the file and frees @output. */
void output_discard(struct output *output);

#endif /* TOOLS_OUTPUT_H */

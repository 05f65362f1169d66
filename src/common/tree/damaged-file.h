/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * damaged-file.h - reads a file of which some blocks cannot be read.
 */
#ifndef TOOLS_DAMAGED_FILE_H
#define TOOLS_DAMAGED_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "file-calls.h"

/* Initialised by the caller: all zero but for calls and fd. */
struct damaged_file {
	const struct file_calls *calls;
	int fd;

	uint64_t lost;			/* bytes that could not be read */
	uint64_t first_lost;		/* offset of the first of them */
	int code;			/* -errno of the first failure, or 0 */
	unsigned int failures_in_a_row;
};

/*
 * damaged_file_read - read some bytes, or zeroes where they cannot be read
 *
 * Returns how many bytes of @buf are filled, up to @len; 0 at the end of the
 * file; -EINTR after a signal; -ENOTRECOVERABLE from a kernel that is dead.
 * Around a failure it reads single blocks, so that only bad ones are lost.
 */
long damaged_file_read(struct damaged_file *file, void *buf, size_t len,
		       uint64_t offset);

/* So many blocks in a row have failed that the rest is not worth the time. */
bool damaged_file_is_hopeless(const struct damaged_file *file);

/* Counts @len bytes at @offset as lost. */
void damaged_file_lose(struct damaged_file *file, uint64_t len,
		       uint64_t offset, int code);

/*
 * damaged_file_describe - a sentence about what was lost
 *
 * False if nothing was.
 */
#define DAMAGED_FILE_TEXT 128
bool damaged_file_describe(const struct damaged_file *file,
			   char text[DAMAGED_FILE_TEXT]);

#endif /* TOOLS_DAMAGED_FILE_H */

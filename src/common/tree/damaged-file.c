// SPDX-License-Identifier: GPL-2.0-only
/*
 * damaged-file.c - reads a file of which some blocks cannot be read.
 */
#include "damaged-file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Read after a failure: bytes at a multiple of this, up to the next one. */
#define BLOCK_SIZE	4096u
#define FAILURES_MAX	64

void damaged_file_lose(struct damaged_file *file, uint64_t len,
		       uint64_t offset, int code)
{
	if (!file->lost) {
		file->first_lost = offset;
		file->code = code;
	}
	file->lost += len;
	file->failures_in_a_row++;
}

bool damaged_file_is_hopeless(const struct damaged_file *file)
{
	return file->failures_in_a_row >= FAILURES_MAX;
}

long damaged_file_read(struct damaged_file *file, void *buf, size_t len,
		       uint64_t offset)
{
	size_t block = BLOCK_SIZE - offset % BLOCK_SIZE;
	long n;

	n = file->calls->read(file->fd, buf, len, offset);
	if (n < 0 && n != -ENOTRECOVERABLE && n != -EINTR && len > block) {
		len = block;
		n = file->calls->read(file->fd, buf, len, offset);
	}
	if (n == -ENOTRECOVERABLE || n == -EINTR)
		return n;
	if (n >= 0) {
		file->failures_in_a_row = 0;
		return n;
	}
	memset(buf, 0, len);
	damaged_file_lose(file, len, offset, (int)n);
	return (long)len;
}

bool damaged_file_describe(const struct damaged_file *file,
			   char text[DAMAGED_FILE_TEXT])
{
	if (!file->lost)
		return false;
	snprintf(text, DAMAGED_FILE_TEXT,
		 "cannot read at byte %" PRIu64 ", %" PRIu64
		 " bytes replaced by zeroes", file->first_lost, file->lost);
	return true;
}

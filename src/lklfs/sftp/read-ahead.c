// SPDX-License-Identifier: GPL-2.0-only
/*
 * read-ahead.c - reads a file that is read from start to end in large pieces.
 */
#include "read-ahead.h"

#include <stdlib.h>
#include <string.h>

#include <lkl.h>

#include "common/tree/direct.h"

/* They take the kernel's memory, of which there is little. */
#define WINDOWS_MAX 4u

struct read_ahead {
	int fd;
	uint8_t *buf;			/* READ_AHEAD_SIZE bytes, the kernel's */
	uint64_t offset;		/* of the bytes in @buf */
	size_t len;
	uint64_t changes;		/* when they were read */
};

static unsigned int n_windows;

struct read_ahead *read_ahead_begin(int fd)
{
	struct read_ahead *ahead;

	if (n_windows == WINDOWS_MAX)
		return NULL;
	ahead = calloc(1, sizeof(*ahead));
	if (!ahead)
		return NULL;
	ahead->fd = fd;
	ahead->buf = lkl_buffer_alloc(READ_AHEAD_SIZE);
	if (!ahead->buf) {
		free(ahead);
		return NULL;
	}
	direct_begin(fd);
	n_windows++;
	return ahead;
}

void read_ahead_end(struct read_ahead *ahead)
{
	if (!ahead)
		return;
	lkl_buffer_free(ahead->buf, READ_AHEAD_SIZE);
	free(ahead);
	n_windows--;
}

/* Reads whole blocks around the range. */
static long fill_window(struct read_ahead *ahead, uint64_t offset, size_t len)
{
	uint64_t start = offset - offset % DIRECT_ALIGN;
	size_t size = (size_t)(offset - start) + len;
	long n;

	size += (DIRECT_ALIGN - size % DIRECT_ALIGN) % DIRECT_ALIGN;
	if (size > READ_AHEAD_SIZE)
		size = READ_AHEAD_SIZE;
	ahead->len = 0;
	n = direct_read(ahead->fd, ahead->buf, size, start);
	if (n < 0)
		return n;
	ahead->offset = start;
	ahead->len = (size_t)n;
	return 0;
}

long read_ahead_read(struct read_ahead *ahead, void *buf, size_t len,
		     uint64_t offset, size_t ahead_of, uint64_t changes)
{
	size_t done = 0, n, at;
	long ret;

	while (done < len) {
		if (ahead->changes != changes || offset < ahead->offset ||
		    offset - ahead->offset >= ahead->len) {
			/* It may have only the start of the range. */
			ret = fill_window(ahead, offset, ahead_of);
			if (ret < 0)
				return done ? (long)done : ret;
			ahead->changes = changes;
			if (offset - ahead->offset >= ahead->len)
				break;
		}
		at = (size_t)(offset - ahead->offset);
		n = ahead->len - at;
		if (n > len - done)
			n = len - done;
		memcpy((uint8_t *)buf + done, ahead->buf + at, n);
		done += n;
		offset += n;
	}
	return (long)done;
}

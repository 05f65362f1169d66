// SPDX-License-Identifier: GPL-2.0-only
/*
 * count.c - counts the bytes that a server has read from its source, in the log of
 * nbdkit's filter "log".
 *
 * A line of a request is "... Read id=1 offset=0x0 count=0x10000 ...".
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "count.h"

/* Longer lines are no requests. */
#define LINE_MAX_BYTES	1024u

static uint64_t count_line(const char *line)
{
	const char *count = strstr(line, " Read id=");

	count = count ? strstr(count, " count=0x") : NULL;
	return count ? strtoull(count + strlen(" count="), NULL, 16) : 0;
}

int server_count_read(int log, uint64_t *ret_bytes)
{
	char buf[64 * LINE_MAX_BYTES + 1], *line, *end;
	uint64_t bytes = 0;
	size_t left = 0;
	off_t at = 0;
	ssize_t n;

	while ((n = pread(log, buf + left, sizeof(buf) - 1 - left, at))) {
		if (n < 0)
			return -errno;
		at += n;
		left += (size_t)n;
		buf[left] = '\0';
		for (line = buf; (end = strchr(line, '\n')); line = end + 1) {
			*end = '\0';
			bytes += count_line(line);
		}
		left = strlen(line);
		if (left > LINE_MAX_BYTES)
			left = 0;
		memmove(buf, line, left);
	}
	*ret_bytes = bytes;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * archive-ahead.c - decompresses an archive on a thread of its own.
 *
 * The thread that unpacks the members then has only the kernel's work to do.
 */
#include "archive-ahead.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive-decompress.h"
#include "common/error.h"

struct archive_ahead {
	struct archive_file *file;
	struct archive *raw;		/* decompresses */
	struct chunk_ring ring;
	struct lkl_error message;	/* the producer's */
};

/* The first bytes of what archive_start() decompresses. */
static bool is_compressed(const unsigned char *data, size_t len)
{
	static const struct {
		const char *bytes;
		size_t len;
	} magics[] = {
		{ "\x1f\x8b", 2 },			/* gzip */
		{ "BZh", 3 },				/* bzip2 */
		{ "\xfd" "7zXZ", 5 },			/* xz */
		{ "\x28\xb5\x2f\xfd", 4 },		/* zstd */
		{ "\x04\x22\x4d\x18", 4 },		/* lz4 */
	};
	size_t i;

	for (i = 0; i < sizeof(magics) / sizeof(*magics); i++)
		if (len >= magics[i].len &&
		    !memcmp(data, magics[i].bytes, magics[i].len))
			return true;
	return false;
}

static bool is_worth_it(const struct archive_file *file)
{
	unsigned char start[8];
	struct stat st;
	off_t at;
	ssize_t n;

	if (file->tap || file->prefix_len || fstat(file->fd, &st) < 0 ||
	    !S_ISREG(st.st_mode))
		return false;
	at = lseek(file->fd, 0, SEEK_CUR);
	if (at < 0)
		return false;
	n = pread(file->fd, start, sizeof(start), at);
	return n > 0 && is_compressed(start, (size_t)n);
}

/* Runs in the thread. */
static int decompress(void *opaque)
{
	struct archive_ahead *ahead = opaque;
	const char *why;
	int ret = archive_decompress(ahead->raw, archive_file_read,
				     ahead->file, &ahead->ring);

	if (ret != -EIO)
		return ret;
	why = libarchive.error_string(ahead->raw);
	return error_set(&ahead->message, ret, "%s",
			 why ? why : "no reason given");
}

struct archive_ahead *archive_ahead_start(struct archive_file *file)
{
	struct archive_ahead *ahead;

	if (!is_worth_it(file))
		return NULL;
	ahead = calloc(1, sizeof(*ahead));
	if (!ahead)
		return NULL;
	ahead->file = file;
	ahead->raw = libarchive.read_new();
	if (!ahead->raw) {
		free(ahead);
		return NULL;
	}
	archive_support_filters(ahead->raw);
	if (chunk_ring_start(&ahead->ring, decompress, ahead,
			     &ahead->message) < 0) {
		archive_ahead_stop(ahead);
		return NULL;
	}
	return ahead;
}

la_ssize_t archive_ahead_read(struct archive *archive, void *opaque,
			      const void **ret_buffer)
{
	struct archive_ahead *ahead = opaque;
	struct chunk chunk = { 0 };
	int ret = chunk_ring_read(&ahead->ring, &chunk);

	if (ret < 0) {
		libarchive.set_error(archive, -ret, "%s", ahead->message.text);
		return -1;
	}
	*ret_buffer = chunk.data;
	return ret ? (la_ssize_t)chunk.len : 0;
}

void archive_ahead_stop(struct archive_ahead *ahead)
{
	if (!ahead)
		return;
	chunk_ring_stop(&ahead->ring);
	libarchive.read_free(ahead->raw);
	free(ahead);
}

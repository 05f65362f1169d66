// SPDX-License-Identifier: GPL-2.0-only
/*
 * archive-decompress.c - decompresses a stream of bytes into a ring.
 */
#include "archive-decompress.h"

#include <errno.h>

#include "gzip-reader.h"

static int decompress_all(struct archive *raw, struct gzip_reader *reader,
			  struct chunk_ring *ring)
{
	struct archive_entry *entry;
	const void *data;
	la_int64_t offset;
	size_t len;
	int status;

	libarchive.read_support_format_raw(raw);
	if (libarchive.read_open(raw, reader, NULL, gzip_reader_read, NULL) !=
	    ARCHIVE_OK)
		return -EIO;
	status = libarchive.read_next_header(raw, &entry);
	while (status >= ARCHIVE_WARN && status != ARCHIVE_EOF) {
		status = libarchive.read_data_block(raw, &data, &len, &offset);
		/* ARCHIVE_RETRY comes without data. */
		if ((status == ARCHIVE_OK || status == ARCHIVE_WARN) &&
		    !chunk_ring_write(ring, data, len))
			return -ECANCELED;
	}
	return status == ARCHIVE_EOF ? 0 : -EIO;
}

int archive_decompress(struct archive *raw, archive_read_callback *read,
		       void *opaque, struct chunk_ring *ring)
{
	struct gzip_reader reader = { .read = read, .opaque = opaque };
	int ret = decompress_all(raw, &reader, ring);

	gzip_reader_free(&reader);
	return ret;
}

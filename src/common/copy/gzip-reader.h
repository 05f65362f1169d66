/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gzip-reader.h - decompresses gzip between a callback of libarchive's and libarchive.
 *
 * libarchive reads gzip, too, but does not look at the checksum and the length at the
 * end of the data (RFC 1952, 2.3.1), so that damage would pass.
 */
#ifndef COPY_GZIP_READER_H
#define COPY_GZIP_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "common/archive-library.h"

/* ID1, ID2 and CM: deflate is the only method. */
#define GZIP_MAGIC_LEN 3

struct gzip_stream;

struct gzip_reader {
	/* Where the bytes come from; the caller sets both. */
	archive_read_callback *read;
	void *opaque;

	/* All that follows starts as 0. */
	bool started;
	bool ended;			/* no more data will come */
	struct gzip_stream *stream;	/* NULL: the data are not gzip */
	const unsigned char *next;	/* bytes that were read, but not used */
	size_t left;
	const unsigned char *after;	/* those that come after @next */
	size_t after_left;
	unsigned char start[GZIP_MAGIC_LEN];
};

/*
 * gzip_reader_read - a callback of libarchive's
 * @opaque: struct gzip_reader
 *
 * Data that begin with a gzip header are decompressed, to the end of the last member;
 * what follows is not read.  Other data pass as they are.
 */
la_ssize_t gzip_reader_read(struct archive *archive, void *opaque,
			    const void **ret_buffer);

/* Were data decompressed so far? */
bool gzip_reader_is_active(const struct gzip_reader *reader);

void gzip_reader_free(struct gzip_reader *reader);

#endif /* COPY_GZIP_READER_H */

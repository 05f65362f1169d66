// SPDX-License-Identifier: GPL-2.0-only
/*
 * gzip-reader.c - decompresses gzip between a callback of libarchive's and libarchive.
 */
#include "gzip-reader.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"

#ifdef HAVE_ZLIB
#include <zlib.h>
#endif

/* ---- Bytes of the callback ---- */

/* More in @next, if that is empty.  Returns 1, 0 at the end, -1 after an error. */
static int next_bytes(struct gzip_reader *reader, struct archive *archive)
{
	const void *data;
	la_ssize_t n;

	if (reader->left)
		return 1;
	if (reader->after_left) {
		reader->next = reader->after;
		reader->left = reader->after_left;
		reader->after_left = 0;
		return 1;
	}
	n = reader->read(archive, reader->opaque, &data);
	if (n <= 0)
		return n < 0 ? -1 : 0;
	reader->next = data;
	reader->left = (size_t)n;
	return 1;
}

static la_ssize_t pass_on(struct gzip_reader *reader, struct archive *archive,
			  const void **ret_buffer)
{
	int ret = next_bytes(reader, archive);
	size_t n = reader->left;

	if (ret <= 0)
		return ret;
	*ret_buffer = reader->next;
	reader->left = 0;
	return (la_ssize_t)n;
}

#ifdef HAVE_ZLIB

/* ---- Members ---- */

#define OUT_SIZE (64u << 10)

struct gzip_stream {
	z_stream z;
	bool in_member;
	unsigned char out[OUT_SIZE];
};

/* For inflateInit2(): the header and the end of gzip, not those of zlib. */
#define GZIP_WINDOW_BITS (16 + MAX_WBITS)

/*
 * Has the bytes of a magic number in @next at once, unless the data end before.  A pipe
 * may bring them one by one.
 */
static int look_ahead(struct gzip_reader *reader, struct archive *archive)
{
	unsigned char start[GZIP_MAGIC_LEN];
	size_t len = 0, n;
	int ret;

	while (len < sizeof(start)) {
		ret = next_bytes(reader, archive);
		if (ret < 0)
			return ret;
		if (!ret)
			break;
		if (!len && reader->left >= sizeof(start))
			return 0;
		n = sizeof(start) - len;
		if (n > reader->left)
			n = reader->left;
		memcpy(start + len, reader->next, n);
		len += n;
		reader->next += n;
		reader->left -= n;
	}
	reader->after = reader->next;
	reader->after_left = reader->left;
	memcpy(reader->start, start, len);
	reader->next = reader->start;
	reader->left = len;
	return 0;
}

static bool is_gzip(const struct gzip_reader *reader)
{
	return reader->left >= GZIP_MAGIC_LEN &&
		!memcmp(reader->next, "\x1f\x8b\x08", GZIP_MAGIC_LEN);
}

static int start_stream(struct gzip_reader *reader, struct archive *archive)
{
	reader->started = true;
	if (look_ahead(reader, archive) < 0)
		return -1;
	if (!is_gzip(reader))
		return 0;
	reader->stream = calloc(1, sizeof(*reader->stream));
	if (!reader->stream ||
	    inflateInit2(&reader->stream->z, GZIP_WINDOW_BITS) != Z_OK) {
		free(reader->stream);
		reader->stream = NULL;
		libarchive.set_error(archive, ENOMEM, "out of memory");
		return -1;
	}
	reader->stream->in_member = true;
	return 0;
}

static int damaged(struct archive *archive, const char *why)
{
	libarchive.set_error(archive, EIO, "gzip: %s", why);
	return -1;
}

/* Between two members.  Returns 1 if another one begins, 0 or -1. */
static int next_member(struct gzip_reader *reader, struct archive *archive)
{
	if (look_ahead(reader, archive) < 0)
		return -1;
	reader->ended = !is_gzip(reader);
	if (reader->ended)
		return 0;
	if (inflateReset(&reader->stream->z) != Z_OK)
		return damaged(archive, "cannot go on with the next member");
	reader->stream->in_member = true;
	return 1;
}

/* Decompress what there is.  Returns 0, or -1 after an error. */
static int inflate_some(struct gzip_reader *reader, struct archive *archive)
{
	z_stream *z = &reader->stream->z;
	unsigned int len = reader->left < UINT_MAX ? (unsigned int)reader->left :
		UINT_MAX;
	int ret;

	z->next_in = (unsigned char *)reader->next;
	z->avail_in = len;
	ret = inflate(z, Z_NO_FLUSH);
	reader->next += len - z->avail_in;
	reader->left -= len - z->avail_in;
	if (ret == Z_STREAM_END)
		reader->stream->in_member = false;
	else if (ret != Z_OK && ret != Z_BUF_ERROR)
		return damaged(archive, z->msg ? z->msg : "invalid data");
	return 0;
}

static la_ssize_t decompress(struct gzip_reader *reader,
			     struct archive *archive, const void **ret_buffer)
{
	struct gzip_stream *stream = reader->stream;
	int ret;

	stream->z.next_out = stream->out;
	stream->z.avail_out = OUT_SIZE;
	while (stream->z.avail_out == OUT_SIZE && !reader->ended) {
		ret = stream->in_member ? next_bytes(reader, archive) :
			next_member(reader, archive);
		if (ret < 0)
			return ret;
		if (!ret && stream->in_member)
			return damaged(archive, "the data end too early");
		if (ret && inflate_some(reader, archive) < 0)
			return -1;
	}
	*ret_buffer = stream->out;
	return OUT_SIZE - stream->z.avail_out;
}

la_ssize_t gzip_reader_read(struct archive *archive, void *opaque,
			    const void **ret_buffer)
{
	struct gzip_reader *reader = opaque;

	if (!reader->started && start_stream(reader, archive) < 0)
		return -1;
	return reader->stream ? decompress(reader, archive, ret_buffer) :
		pass_on(reader, archive, ret_buffer);
}

void gzip_reader_free(struct gzip_reader *reader)
{
	if (reader->stream)
		inflateEnd(&reader->stream->z);
	free(reader->stream);
	reader->stream = NULL;
}

#else /* !HAVE_ZLIB */

/* libarchive decompresses, without a look at checksums. */
la_ssize_t gzip_reader_read(struct archive *archive, void *opaque,
			    const void **ret_buffer)
{
	return pass_on(opaque, archive, ret_buffer);
}

void gzip_reader_free(struct gzip_reader *reader)
{
	(void)reader;
}

#endif

bool gzip_reader_is_active(const struct gzip_reader *reader)
{
	return reader->stream;
}

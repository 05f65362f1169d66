// SPDX-License-Identifier: GPL-2.0-only
/*
 * layer.c - reads one layer of a container image as a plain tar archive.
 *
 * The producer, a thread, reads the file, adds it to the digest of the
 * descriptor, and decompresses it into a ring of chunks.  The consumer, the
 * caller's thread, adds the chunks to the diff_id and hands them to libarchive.
 */
#include "layer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/chunk-ring.h"
#include "common/cli/quote.h"
#include "common/copy/archive-decompress.h"
#include "common/error.h"

struct layer_stream {
	const struct layer *layer;
	uint64_t *budget;		/* under ring.lock */

	/* The producer's. */
	struct blob *blob;
	struct hasher file_hasher;
	struct archive *raw;		/* decompresses; NULL for plain layers */
	const void *first;		/* read to detect the compression */
	size_t first_len;

	/* The consumer's. */
	bool checks_diff_id;
	struct hasher diff_hasher;
	struct lkl_error error;		/* the consumer's own */
	int consumer_error;

	struct chunk_ring ring;
	bool has_ring;
	int producer_error;
	struct lkl_error producer_message;
};

/* ---- Producer ---- */

static int file_read(struct layer_stream *stream, const void **ret_data,
		     size_t *ret_len, struct lkl_error *err)
{
	int ret = 1;

	if (stream->first_len) {
		*ret_data = stream->first;
		*ret_len = stream->first_len;
		stream->first_len = 0;
	} else {
		ret = blob_read(stream->blob, ret_data, ret_len, err);
	}
	if (ret > 0 && stream->layer->has_descriptor)
		hasher_update(&stream->file_hasher, *ret_data, *ret_len);
	return ret;
}

static la_ssize_t raw_read(struct archive *archive, void *opaque,
			   const void **ret_buffer)
{
	struct layer_stream *stream = opaque;
	size_t len = 0;
	int ret = file_read(stream, ret_buffer, &len,
			    &stream->producer_message);

	if (ret < 0) {
		stream->producer_error = ret;
		libarchive.set_error(archive, -ret, "%s", strerror(-ret));
		return -1;
	}
	return ret ? (la_ssize_t)len : 0;
}

static enum layer_compression detect(const unsigned char *data, size_t len)
{
	if (len >= 2 && data[0] == 0x1f && data[1] == 0x8b)
		return LAYER_GZIP;
	/* A frame, or a skippable one. */
	if (len >= 4 && ((data[0] == 0x28 && data[1] == 0xb5 &&
			  data[2] == 0x2f && data[3] == 0xfd) ||
			 ((data[0] & 0xf0) == 0x50 && data[1] == 0x2a &&
			  data[2] == 0x4d && data[3] == 0x18)))
		return LAYER_ZSTD;
	return LAYER_PLAIN;
}

static int raw_error(struct layer_stream *stream, struct lkl_error *err)
{
	const char *why = libarchive.error_string(stream->raw);

	if (stream->producer_error)
		return stream->producer_error;
	return error_set(err, -EIO, "%s: cannot decompress: %s",
			 quote_name(stream->layer->name),
			 why ? why : "no reason given");
}

static int copy_decompressed(struct layer_stream *stream, bool zstd,
			     struct lkl_error *err)
{
	int ret;

	stream->raw = libarchive.read_new();
	if (!stream->raw)
		return error_no_memory(err);
	if (zstd)
		libarchive.read_support_filter_zstd(stream->raw);
	else
		libarchive.read_support_filter_gzip(stream->raw);
	ret = archive_decompress(stream->raw, raw_read, stream, &stream->ring);
	return ret == -EIO ? raw_error(stream, err) : ret;
}

/* Takes from the budget.  Both threads call it. */
static bool take_bytes(struct layer_stream *stream, size_t len)
{
	bool enough;

	pthread_mutex_lock(&stream->ring.lock);
	enough = len <= *stream->budget;
	if (enough)
		*stream->budget -= len;
	pthread_mutex_unlock(&stream->ring.lock);
	return enough;
}

static int over_limit(const struct layer_stream *stream, struct lkl_error *err)
{
	return error_set(err, -EFBIG, "%s: decompresses to more than the limit",
			 quote_name(stream->layer->name));
}

/*
 * To the end of the file.  Bytes behind the compressed data belong to the
 * digest and count against the limit, too.
 */
static int copy_plain(struct layer_stream *stream, bool discard,
		      struct lkl_error *err)
{
	const void *data;
	size_t len;
	int ret;

	while ((ret = file_read(stream, &data, &len, err)) > 0) {
		if (discard && !take_bytes(stream, len))
			return over_limit(stream, err);
		if (!discard && !chunk_ring_write(&stream->ring, data, len))
			return -ECANCELED;
	}
	return ret;
}

static int check_file_digest(struct layer_stream *stream, struct lkl_error *err)
{
	char want[DIGEST_TEXT_MAX], have[DIGEST_TEXT_MAX];
	struct digest digest;

	if (!stream->layer->has_descriptor)
		return 0;
	hasher_finish(&stream->file_hasher, &digest);
	if (digest_equal(&digest, &stream->layer->digest))
		return 0;
	return error_set(err, -EBADMSG,
			 "%s: damaged: its digest is %s instead of %s",
			 quote_name(stream->layer->name),
			 digest_format(&digest, have),
			 digest_format(&stream->layer->digest, want));
}

/* What cannot be decompressed has another digest, too, which is the better reason. */
static int explain_damage(struct layer_stream *stream, int ret,
			  struct lkl_error *err)
{
	struct lkl_error reason;
	int found;

	if (ret != -EIO || stream->producer_error)
		return ret;
	found = copy_plain(stream, true, &reason);
	if (!found)
		found = check_file_digest(stream, &reason);
	if (found != -EBADMSG)
		return ret;
	*err = reason;
	return found;
}

static int produce(void *opaque)
{
	struct layer_stream *stream = opaque;
	struct lkl_error *err = &stream->producer_message;
	enum layer_compression compression = stream->layer->compression;
	int ret = 0;

	if (compression == LAYER_DETECT) {
		ret = blob_read(stream->blob, &stream->first,
				&stream->first_len, err);
		if (ret < 0)
			return ret;
		compression = detect(stream->first, stream->first_len);
	}
	if (compression == LAYER_PLAIN)
		ret = copy_plain(stream, false, err);
	else
		ret = copy_decompressed(stream, compression == LAYER_ZSTD, err);
	if (!ret)
		ret = copy_plain(stream, true, err);
	else
		ret = explain_damage(stream, ret, err);
	return ret ? ret : check_file_digest(stream, err);
}

/* ---- Consumer ---- */

static int stream_next(struct layer_stream *stream, struct chunk *ret_chunk)
{
	int ret;

	if (stream->consumer_error)
		return stream->consumer_error;
	ret = chunk_ring_read(&stream->ring, ret_chunk);
	if (ret > 0 && !take_bytes(stream, ret_chunk->len))
		ret = over_limit(stream, &stream->error);
	if (ret < 0) {
		if (!stream->error.text[0])
			stream->error = stream->producer_message;
		stream->consumer_error = ret;
		return ret;
	}
	if (ret > 0 && stream->checks_diff_id)
		hasher_update(&stream->diff_hasher, ret_chunk->data,
			      ret_chunk->len);
	return ret;
}

la_ssize_t layer_stream_read(struct archive *archive, void *opaque,
			     const void **ret_buffer)
{
	struct layer_stream *stream = opaque;
	struct chunk chunk = { 0 };
	int ret = stream_next(stream, &chunk);

	if (ret < 0) {
		libarchive.set_error(archive, -ret, "%s", stream->error.text);
		return -1;
	}
	*ret_buffer = chunk.data;
	return ret ? (la_ssize_t)chunk.len : 0;
}

static int check_diff_id(struct layer_stream *stream, struct lkl_error *err)
{
	char want[DIGEST_TEXT_MAX], have[DIGEST_TEXT_MAX];
	struct digest digest;

	if (!stream->checks_diff_id)
		return 0;
	hasher_finish(&stream->diff_hasher, &digest);
	if (digest_equal(&digest, &stream->layer->diff_id))
		return 0;
	return error_set(err, -EBADMSG,
			 "%s: its content has the digest %s, but the image's configuration says %s",
			 quote_name(stream->layer->name),
			 digest_format(&digest, have),
			 digest_format(&stream->layer->diff_id, want));
}

int layer_stream_finish(struct layer_stream *stream, struct lkl_error *err)
{
	struct chunk chunk;
	int ret;

	while ((ret = stream_next(stream, &chunk)) > 0)
		;
	if (ret < 0) {
		*err = stream->error;
		return ret;
	}
	return check_diff_id(stream, err);
}

/* ---- Both ---- */

static int open_blob(struct layer_stream *stream, const struct store *store,
		     struct lkl_error *err)
{
	const struct layer *layer = stream->layer;
	int ret = blob_open(store, layer->name, &stream->blob, err);

	if (ret < 0)
		return ret;
	if (layer->has_descriptor && blob_size(stream->blob) != layer->size)
		return error_set(err, -EBADMSG,
				 "%s: has %llu bytes, but its descriptor says %llu",
				 quote_name(layer->name),
				 (unsigned long long)blob_size(stream->blob),
				 (unsigned long long)layer->size);
	return 0;
}

int layer_stream_open(const struct store *store, const struct layer *layer,
		      uint64_t *budget, bool check_diff,
		      struct layer_stream **ret_stream, struct lkl_error *err)
{
	struct layer_stream *stream = calloc(1, sizeof(*stream));
	int ret;

	if (!stream)
		return error_no_memory(err);
	stream->layer = layer;
	stream->budget = budget;
	/* One check of the same bytes is enough. */
	stream->checks_diff_id = (check_diff || !layer->has_descriptor) &&
		!(layer->compression == LAYER_PLAIN && layer->has_descriptor &&
		  digest_equal(&layer->digest, &layer->diff_id));
	hasher_begin(&stream->file_hasher, layer->digest.algorithm);
	hasher_begin(&stream->diff_hasher, layer->diff_id.algorithm);
	ret = open_blob(stream, store, err);
	if (!ret) {
		stream->has_ring = true;
		ret = chunk_ring_start(&stream->ring, produce, stream, err);
	}
	if (ret < 0) {
		layer_stream_close(stream);
		return ret;
	}
	*ret_stream = stream;
	return 0;
}

void layer_stream_close(struct layer_stream *stream)
{
	if (!stream)
		return;
	if (stream->has_ring)
		chunk_ring_stop(&stream->ring);
	if (stream->raw)
		libarchive.read_free(stream->raw);
	blob_close(stream->blob);
	free(stream);
}

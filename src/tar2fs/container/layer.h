/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * layer.h - reads one layer of a container image as a plain tar archive.
 *
 * A thread of its own reads, decompresses and checks the layer, while the caller
 * works on the archive.
 */
#ifndef CONTAINER_LAYER_H
#define CONTAINER_LAYER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/archive-library.h"
#include "common/digest.h"
#include "store.h"

enum layer_compression {
	LAYER_DETECT,		/* by the first bytes */
	LAYER_PLAIN,
	LAYER_GZIP,
	LAYER_ZSTD,
};

struct layer {
	char *name;			/* in the store */
	enum layer_compression compression;
	bool has_descriptor;		/* @digest and @size are known */
	struct digest digest;		/* of the file */
	uint64_t size;
	struct digest diff_id;		/* of the archive in it */
};

struct layer_stream;

/*
 * layer_stream_open - start to read a layer
 * @budget: how many bytes it may have when decompressed; counted down
 * @check_diff_id: even if the file's own digest is checked
 *
 * Keeps the pointers.
 */
int layer_stream_open(const struct store *store, const struct layer *layer,
		      uint64_t *budget, bool check_diff_id,
		      struct layer_stream **ret_stream, struct lkl_error *err);

/* For libarchive: @stream is a struct layer_stream. */
la_ssize_t layer_stream_read(struct archive *archive, void *stream,
			     const void **ret_buffer);

/*
 * layer_stream_finish - read what is left, and check all digests
 *
 * Returns 0, or the -errno of whatever went wrong in the stream.
 */
int layer_stream_finish(struct layer_stream *stream, struct lkl_error *err);
void layer_stream_close(struct layer_stream *stream);

#endif /* CONTAINER_LAYER_H */

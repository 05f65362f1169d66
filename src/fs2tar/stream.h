/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stream.h - passes the archive's bytes from the reader to a writing thread.
 *
 * The thread that reads the image fills buffers.  Meanwhile the stream's own
 * thread writes full ones out, or compresses them.  File data is read straight
 * into a buffer: reserve room, fill it, commit it.
 */
#ifndef FS2TAR_STREAM_H
#define FS2TAR_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lkl.h>

/*
 * Writes all of the bytes; 0 or -errno.  Only one thread at a time calls it.
 */
typedef int stream_write_fn(void *opaque, const void *data, size_t len);

struct stream;

int stream_start(stream_write_fn *write, void *opaque,
		 struct stream **ret_stream, struct lkl_error *err);

/*
 * stream_align - align the next reservation for direct I/O
 *
 * False if the buffers are not fit for it.
 */
bool stream_align(struct stream *stream);

/*
 * stream_reserve - room for the next bytes
 * @want: how many are wanted; not 0
 * @ret_size: how many there is room for, 1 to @want
 *
 * NULL if the output has failed.
 */
void *stream_reserve(struct stream *stream, size_t want, size_t *ret_size);

/* The first @len reserved bytes are filled. */
void stream_commit(struct stream *stream, size_t len);

/* Copies bytes, or writes zeroes.  -EIO if the output has failed. */
int stream_put(struct stream *stream, const void *data, size_t len);
int stream_put_zeroes(struct stream *stream, uint64_t len);

/* How many bytes were committed so far. */
uint64_t stream_position(const struct stream *stream);

/*
 * stream_finish - write the rest, end the thread, and free everything
 *
 * Returns the first error of the output.
 */
int stream_finish(struct stream *stream);

#endif /* FS2TAR_STREAM_H */

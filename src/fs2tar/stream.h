/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stream.h - the archive's bytes on their way out.
 *
 * The thread that reads the image fills buffers, and a thread of the stream
 * writes full ones out (or compresses them) meanwhile.  File data is read
 * straight into a buffer: reserve room, fill it, commit it.
 */
#ifndef FS2TAR_STREAM_H
#define FS2TAR_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lkl.h>

/* Takes all of the bytes; 0 or -errno.  Called from one thread at a time. */
typedef int stream_write_fn(void *opaque, const void *data, size_t len);

struct stream;

int stream_start(stream_write_fn *write, void *opaque,
		 struct stream **ret_stream, struct lkl_error *err);

/*
 * stream_align - make what is reserved next fit for direct I/O
 *
 * False if the kernel had no memory for that.
 */
bool stream_align(struct stream *stream);

/*
 * stream_reserve - room for the next bytes
 * @want: how many would be good to have; not 0
 * @ret_size: how many there are, 1 to @want
 *
 * NULL if the output has failed: nothing more will get out.
 */
void *stream_reserve(struct stream *stream, size_t want, size_t *ret_size);

/* The first @len bytes of what was reserved are filled. */
void stream_commit(struct stream *stream, size_t len);

/* Copy bytes, or put zeroes, behind the others; -EIO if output has failed. */
int stream_put(struct stream *stream, const void *data, size_t len);
int stream_put_zeroes(struct stream *stream, uint64_t len);

/* Bytes committed so far. */
uint64_t stream_position(const struct stream *stream);

/*
 * stream_finish - write out what is left, end the thread, free everything
 *
 * Returns the first error of the output.
 */
int stream_finish(struct stream *stream);

#endif /* FS2TAR_STREAM_H */

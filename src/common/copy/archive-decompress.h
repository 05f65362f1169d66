/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * archive-decompress.h - decompresses a stream of bytes into a ring.
 */
#ifndef COPY_ARCHIVE_DECOMPRESS_H
#define COPY_ARCHIVE_DECOMPRESS_H

#include "common/archive-library.h"
#include "common/chunk-ring.h"

/*
 * archive_decompress - decompress everything that a callback returns
 * @raw: new, with the filters to use; stays the caller's
 * @read: a callback of libarchive's that returns compressed bytes
 * @opaque: for @read
 *
 * For the producer of @ring.  Returns 0, -ECANCELED if nobody wants the bytes
 * any more, or -EIO: libarchive.error_string(raw) is the reason then.
 */
int archive_decompress(struct archive *raw, archive_read_callback *read,
		       void *opaque, struct chunk_ring *ring);

#endif /* COPY_ARCHIVE_DECOMPRESS_H */

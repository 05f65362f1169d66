/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * archive-ahead.h - decompresses an archive on a thread of its own.
 */
#ifndef COPY_ARCHIVE_AHEAD_H
#define COPY_ARCHIVE_AHEAD_H

#include "archive-stream.h"

struct archive_ahead;

/*
 * archive_ahead_start - start to decompress a file, if that is worth it
 * @file: at its start; nobody else uses it until archive_ahead_stop()
 *
 * NULL if the file is not compressed, or not a regular one (a thread that waits
 * for a pipe cannot be ended), or without memory: then read the file itself.
 */
struct archive_ahead *archive_ahead_start(struct archive_file *file);

/* A callback for archive_reader; @opaque is the struct archive_ahead. */
la_ssize_t archive_ahead_read(struct archive *archive, void *opaque,
			      const void **ret_buffer);

/* @ahead: may be NULL */
void archive_ahead_stop(struct archive_ahead *ahead);

#endif /* COPY_ARCHIVE_AHEAD_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stream.h - a tar archive, compressed or not, for libarchive to read.
 */
#ifndef CP_STREAM_H
#define CP_STREAM_H

#include <stddef.h>

struct archive;
struct lkl_error;
struct stream;

/* "+gzip +xz": what is unpacked without another program. */
const char *stream_features(char *buf, size_t size);

/* @path: "-" for standard input.  libarchive is loaded. */
int stream_open(const char *path, struct stream **ret_stream,
		struct lkl_error *err);

/* To read members from; the stream's own. */
struct archive *stream_archive(const struct stream *stream);

void stream_close(struct stream *stream);

#endif /* CP_STREAM_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * compress.h - compresses the archive with libarchive.
 */
#ifndef FS2TAR_COMPRESS_H
#define FS2TAR_COMPRESS_H

#include <stdbool.h>

#include "stream.h"

struct compress_method;
struct compressor;

/* Finds a method by name ("gzip", "none"); NULL if it is unknown. */
const struct compress_method *compress_find(const char *name);

/*
 * compress_by_suffix - find a method by the suffix of a file name
 * @path: NULL for standard output
 *
 * "none" if the suffix stands for no compression; NULL if it stands for one
 * that is not supported.
 */
const struct compress_method *compress_by_suffix(const char *path);

/* Whether the method is "none". */
bool compress_is_none(const struct compress_method *method);

/* "+gzip +xz": the methods that libarchive has without other programs. */
const char *compress_features(char *buf, size_t size);

/* Loads libarchive if the method needs it.  Call before the sandbox. */
int compress_prepare(const struct compress_method *method,
		     struct lkl_error *err);

/*
 * compress_start - start a compressor
 * @level: -1 for the method's default
 * @threads: 0 for one per processor; the method may use fewer
 * @write: receives the compressed bytes
 */
int compress_start(const struct compress_method *method, int level,
		   unsigned int threads, stream_write_fn *write, void *opaque,
		   struct compressor **ret_compressor, struct lkl_error *err);

/* A stream_write_fn; @opaque is the compressor. */
int compress_write(void *opaque, const void *data, size_t len);

/* Writes the rest if @complete is true, and frees; 0 or -errno. */
int compress_finish(struct compressor *compressor, bool complete);

#endif /* FS2TAR_COMPRESS_H */

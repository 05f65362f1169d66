/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * compress.h - compression of the archive, by libarchive.
 */
#ifndef FS2TAR_COMPRESS_H
#define FS2TAR_COMPRESS_H

#include <stdbool.h>

#include "stream.h"

struct compress_method;
struct compressor;

/* By name ("gzip", "none"), NULL if there is none such. */
const struct compress_method *compress_find(const char *name);

/* By the suffix of a file name; no compression if it has none of ours. */
const struct compress_method *compress_by_suffix(const char *path);

/* Whether it is "none". */
bool compress_is_none(const struct compress_method *method);

/* "+gzip +xz": what this libarchive can do without another program. */
const char *compress_features(char *buf, size_t size);

/* compress_prepare - before the sandbox is entered */
int compress_prepare(const struct compress_method *method,
		     struct lkl_error *err);

/*
 * compress_start
 * @level: -1 for the method's default
 * @threads: 0 for one per processor; more than the method can use is fine
 * @write: gets the compressed bytes
 */
int compress_start(const struct compress_method *method, int level,
		   unsigned int threads, stream_write_fn *write, void *opaque,
		   struct compressor **ret_compressor, struct lkl_error *err);

/* A stream_write_fn; @opaque is the compressor. */
int compress_write(void *opaque, const void *data, size_t len);

/* Write what is left, if @complete, and free; 0 or -errno. */
int compress_finish(struct compressor *compressor, bool complete);

#endif /* FS2TAR_COMPRESS_H */

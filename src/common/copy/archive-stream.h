/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * archive-stream.h - opens a tar archive that may be compressed.
 */
#ifndef COPY_ARCHIVE_STREAM_H
#define COPY_ARCHIVE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lkl.h>

#include "common/archive-library.h"
#include "gzip-reader.h"

/* Where the bytes of an archive come from. */
struct archive_reader {
	/* Callbacks of libarchive's; skip may be NULL. */
	archive_read_callback *read;
	archive_skip_callback *skip;
	void *opaque;			/* for both */
	/* They decompress, and know whether the data are whole at the end. */
	bool decompresses;
	struct gzip_reader gzip;	/* between them and libarchive */
	bool has_data;			/* anything was read */
	bool failed;			/* something could not be */
	struct lkl_error reason;	/* the first one, if @failed */
	uint64_t zeroes;		/* bytes before the first other one */
	bool has_other;			/* that one was read */
	bool hides_zeroes;		/* decompressed, it begins with zeroes
					   and goes on with other bytes */
	bool hides_only_zeroes;		/* decompressed, it begins with 1 MiB
					   of zeroes */
};

/*
 * archive_start - begin to read a tar archive, which may be compressed
 * @path: for messages
 * @reader: must outlive the archive
 * @ret_archive: to be freed with libarchive.read_free()
 *
 * Call archive_library_load() before.
 */
int archive_start(const char *path, struct archive_reader *reader,
		  struct archive **ret_archive, struct lkl_error *err);

/*
 * archive_check_end - is this the end of a tar archive, or another file?
 * @path: for messages
 *
 * Call it when libarchive reports ARCHIVE_EOF.  A file system may begin with
 * zeroes, as an archive without members does.  Reads on to tell them apart, and to
 * see the checksum at the end of compressed data.  Zeroes that go on for 1 MiB are
 * no archive: an empty disk, or /dev/zero.
 */
int archive_check_end(const char *path, struct archive *archive,
		      struct archive_reader *reader, struct lkl_error *err);

/*
 * archive_reason - why a call of libarchive has failed
 *
 * If the reader has failed, libarchive says no more than that the archive ends too
 * early; this is the reader's own reason.  Never NULL.
 */
const char *archive_reason(const struct archive_reader *reader,
			   struct archive *archive);

/* A file or pipe with an archive, from its position to its end. */
struct archive_file {
	int fd;				/* the caller's */
	/*
	 * Called for all bytes, in order, before they are decompressed; may be
	 * NULL.  A negative errno ends the reading.
	 */
	int (*tap)(void *opaque, const void *data, size_t len);
	void *opaque;
	/* Bytes that come before those of @fd; the caller's. */
	const char *prefix;
	size_t prefix_len;
	char *buffer;			/* starts as NULL */
	bool ended;
	int tap_failed;			/* -errno of the tap, or 0 */
	int read_failed;		/* likewise of @fd */
};

/* Callbacks for archive_reader; @opaque is the struct archive_file. */
la_ssize_t archive_file_read(struct archive *archive, void *opaque,
			     const void **ret_buffer);
la_int64_t archive_file_skip(struct archive *archive, void *opaque,
			     la_int64_t n);
void archive_file_free(struct archive_file *file);

/*
 * archive_file_error - say why an archive cannot be read
 * @why: libarchive's reason
 *
 * Tells an archive that is damaged from a host that cannot read it or keep a
 * copy of it.  Returns -errno.
 */
int archive_file_error(const struct archive_file *file, const char *path,
		       const char *why, struct lkl_error *err);

/*
 * archive_file_drain - read the file to its end, past that of the archive
 *
 * Whoever writes the other end of a pipe can finish, and the tap has seen all
 * bytes.  Returns 0 or -errno.
 */
int archive_file_drain(struct archive_file *file);

/*
 * Is the last warning only about the character set of a name?  libarchive
 * tries to convert names to the locale's character set.  In the "C" locale
 * that fails with a warning, and libarchive returns the bytes unchanged, as
 * they should be.
 */
bool archive_warning_is_about_names(struct archive *archive);

/* Has libarchive recognise all compressions that need no other program. */
void archive_support_filters(struct archive *archive);

/* "+gzip +xz": the compressions that libarchive reads by itself. */
const char *archive_features(char *buf, size_t size);

#endif /* COPY_ARCHIVE_STREAM_H */

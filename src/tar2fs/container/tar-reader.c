// SPDX-License-Identifier: GPL-2.0-only
/*
 * tar-reader.c - reads an uncompressed tar archive from any of its headers on.
 *
 * The data of members that nobody reads is skipped without reading it.
 */
#include "tar-reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"

#define READ_SIZE (256u << 10)

static la_ssize_t tar_reader_read(struct archive *archive, void *opaque,
				  const void **ret_buffer)
{
	struct tar_reader *reader = opaque;
	ssize_t n;

	do {
		n = pread(reader->fd, reader->buffer, READ_SIZE,
			  (off_t)reader->at);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		libarchive.set_error(archive, errno, "%s", strerror(errno));
	else
		reader->at += (uint64_t)n;
	*ret_buffer = reader->buffer;
	return n;
}

static la_int64_t tar_reader_skip(struct archive *archive, void *opaque,
				  la_int64_t request)
{
	struct tar_reader *reader = opaque;

	(void)archive;
	if (request < 0 || (uint64_t)request > (uint64_t)INT64_MAX - reader->at)
		return 0;
	reader->at += (uint64_t)request;
	return request;
}

int tar_reader_open(struct tar_reader *reader, int fd, uint64_t offset,
		    struct lkl_error *err)
{
	*reader = (struct tar_reader){
		.archive = libarchive.read_new(),
		.fd = fd,
		.at = offset,
		.buffer = malloc(READ_SIZE),
	};
	if (!reader->archive || !reader->buffer) {
		tar_reader_close(reader);
		return error_no_memory(err);
	}
	libarchive.read_support_format_tar(reader->archive);
	if (libarchive.read_open2(reader->archive, reader, NULL,
				  tar_reader_read, tar_reader_skip,
				  NULL) != ARCHIVE_OK) {
		error_set(err, -EINVAL, "not a tar archive: %s",
			  libarchive.error_string(reader->archive));
		tar_reader_close(reader);
		return -EINVAL;
	}
	return 0;
}

void tar_reader_close(struct tar_reader *reader)
{
	if (reader->archive)
		libarchive.read_free(reader->archive);
	free(reader->buffer);
	reader->archive = NULL;
	reader->buffer = NULL;
}

int tar_reader_next(struct tar_reader *reader, struct archive_entry **ret_member,
		    struct lkl_error *err)
{
	const char *why;
	int status;

	do {
		status = libarchive.read_next_header(reader->archive,
						     ret_member);
	} while (status == ARCHIVE_RETRY);
	if (status == ARCHIVE_EOF)
		return 0;
	if (status >= ARCHIVE_WARN)
		return 1;
	why = libarchive.error_string(reader->archive);
	return error_set(err, -EIO, "damaged or cut off: %s",
			 why ? why : "no reason given");
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * stream.c - a tar archive, compressed or not, for libarchive to read.
 */
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/archive-library.h"
#include "common/error.h"
#include "common/cli/quote.h"
#include "job.h"

#define READ_SIZE (256u << 10)

struct stream {
	struct archive *archive;
	int fd;
	char *buffer;
};

/* Those that need no program of their own. */
static const struct {
	const char *name;
	int (**support)(struct archive *archive);
} filters[] = {
	{ "gzip", &libarchive.read_support_filter_gzip },
	{ "bzip2", &libarchive.read_support_filter_bzip2 },
	{ "xz", &libarchive.read_support_filter_xz },
	{ "lzma", &libarchive.read_support_filter_lzma },
	{ "zstd", &libarchive.read_support_filter_zstd },
	{ "lz4", &libarchive.read_support_filter_lz4 },
};

const char *stream_features(char *buf, size_t size)
{
	struct archive *archive;
	unsigned int i;
	size_t len = 0;

	buf[0] = '\0';
	if (archive_library_load(NULL))
		return buf;
	archive = libarchive.read_new();
	for (i = 0; archive && i < sizeof(filters) / sizeof(*filters); i++)
		if ((*filters[i].support)(archive) == ARCHIVE_OK && len < size)
			len += (size_t)snprintf(buf + len, size - len, "%s+%s",
						len ? " " : "",
						filters[i].name);
	libarchive.read_free(archive);
	return buf;
}

static la_ssize_t read_stream(struct archive *archive, void *opaque,
			      const void **ret_buffer)
{
	struct stream *stream = opaque;
	ssize_t n;

	do {
		n = read(stream->fd, stream->buffer, READ_SIZE);
	} while (n < 0 && errno == EINTR && !job_interrupted());
	if (n < 0)
		libarchive.set_error(archive, errno, "%s", strerror(errno));
	*ret_buffer = stream->buffer;
	return n;
}

static int open_archive(struct stream *stream, const char *path,
			struct lkl_error *err)
{
	unsigned int i;

	if (strcmp(path, "-"))
		stream->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (stream->fd < 0)
		return error_set(err, -errno, "%s: cannot open: %s",
				 quote_name(path), strerror(errno));
	stream->buffer = malloc(READ_SIZE);
	stream->archive = libarchive.read_new();
	if (!stream->buffer || !stream->archive)
		return error_no_memory(err);
	for (i = 0; i < sizeof(filters) / sizeof(*filters); i++)
		(*filters[i].support)(stream->archive);
	libarchive.read_support_format_tar(stream->archive);
	libarchive.read_support_format_empty(stream->archive);
	if (libarchive.read_open(stream->archive, stream, NULL, read_stream,
				 NULL) != ARCHIVE_OK)
		return error_set(err, -EINVAL, "%s: not a tar archive: %s",
				 quote_name(path),
				 libarchive.error_string(stream->archive));
	return 0;
}

int stream_open(const char *path, struct stream **ret_stream,
		struct lkl_error *err)
{
	struct stream *stream = calloc(1, sizeof(*stream));
	int ret;

	if (!stream)
		return error_no_memory(err);
	stream->fd = STDIN_FILENO;
	ret = open_archive(stream, path, err);
	if (ret < 0)
		stream_close(stream);
	else
		*ret_stream = stream;
	return ret;
}

struct archive *stream_archive(const struct stream *stream)
{
	return stream->archive;
}

void stream_close(struct stream *stream)
{
	libarchive.read_free(stream->archive);
	free(stream->buffer);
	if (stream->fd > STDERR_FILENO)
		close(stream->fd);
	free(stream);
}

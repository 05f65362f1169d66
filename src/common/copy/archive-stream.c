// SPDX-License-Identifier: GPL-2.0-only
/*
 * archive-stream.c - opens a tar archive that may be compressed.
 *
 * The members are the caller's work.
 */
#include "archive-stream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cli/quote.h"
#include "common/error.h"
#include "job.h"

#define READ_SIZE (256u << 10)

/* Compressions that libarchive needs no other program for. */
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
	{ "lzip", &libarchive.read_support_filter_lzip },
	{ "compress", &libarchive.read_support_filter_compress },
};

const char *archive_features(char *buf, size_t size)
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

/*
 * No file system has more zeroes in front of its superblock, bytes.  Archives without
 * members may be longer; those are refused.
 */
#define ZEROES_MAX	(1u << 20)
#define TAR_BLOCK	512u

static void count_zeroes(struct archive_reader *reader, const char *data,
			 size_t len)
{
	size_t i = 0;

	if (reader->has_other)
		return;
	while (i < len && !data[i])
		i++;
	reader->zeroes += i;
	reader->has_other = i < len;
}

void archive_support_filters(struct archive *archive)
{
	unsigned int i;

	for (i = 0; i < sizeof(filters) / sizeof(*filters); i++)
		(*filters[i].support)(archive);
}

/*
 * Decompresses the start of a file, as far as it goes: does it begin with blocks of
 * zeroes, and do other bytes follow?
 */
static void look_inside(struct archive_reader *reader, const void *start,
			size_t len)
{
	struct archive *archive = libarchive.read_new();
	struct archive_reader inside = { .zeroes = 0 };
	struct archive_entry *entry;
	const void *data;
	la_int64_t offset;
	int status = ARCHIVE_FATAL;
	size_t n;

	if (!archive)
		return;
	archive_support_filters(archive);
	libarchive.read_support_format_raw(archive);
	if (libarchive.read_open_memory(archive, start, len) == ARCHIVE_OK)
		status = libarchive.read_next_header(archive, &entry);
	while (status == ARCHIVE_OK && !inside.has_other &&
	       inside.zeroes < ZEROES_MAX) {
		status = libarchive.read_data_block(archive, &data, &n,
						    &offset);
		if (status == ARCHIVE_OK)
			count_zeroes(&inside, data, n);
	}
	libarchive.read_free(archive);
	reader->hides_zeroes = inside.has_other && inside.zeroes >= TAR_BLOCK;
	reader->hides_only_zeroes = !inside.has_other &&
		inside.zeroes >= ZEROES_MAX;
}

static la_ssize_t reader_read(struct archive *archive, void *opaque,
			      const void **ret_buffer)
{
	struct archive_reader *reader = opaque;
	la_ssize_t n = reader->read(archive, reader->opaque, ret_buffer);

	if (n > 0 && !reader->has_data)
		look_inside(reader, *ret_buffer, (size_t)n);
	reader->has_data = reader->has_data || n > 0;
	if (n > 0)
		count_zeroes(reader, *ret_buffer, (size_t)n);
	return n;
}

static const char *error_text(struct archive *archive)
{
	const char *text = libarchive.error_string(archive);

	return text ? text : "no reason given";
}

const char *archive_reason(const struct archive_reader *reader,
			   struct archive *archive)
{
	return reader->failed ? reader->reason.text : error_text(archive);
}

/* ---- Callbacks of libarchive's ---- */

static la_ssize_t plain_read(struct archive *archive, void *opaque,
			     const void **ret_buffer)
{
	struct archive_reader *reader = opaque;
	la_ssize_t n = gzip_reader_read(archive, &reader->gzip, ret_buffer);

	if (n < 0 && !reader->failed) {
		reader->failed = true;
		error_set(&reader->reason, 0, "%s", error_text(archive));
	}
	return n;
}

/* What is decompressed has to be read. */
static la_int64_t plain_skip(struct archive *archive, void *opaque,
			     la_int64_t n)
{
	const struct archive_reader *reader = opaque;

	return reader->skip && !gzip_reader_is_active(&reader->gzip) ?
		reader->skip(archive, reader->opaque, n) : 0;
}

static int plain_close(struct archive *archive, void *opaque)
{
	struct archive_reader *reader = opaque;

	(void)archive;
	gzip_reader_free(&reader->gzip);
	return ARCHIVE_OK;
}

int archive_start(const char *path, struct archive_reader *reader,
		  struct archive **ret_archive, struct lkl_error *err)
{
	struct archive *archive = libarchive.read_new();

	if (!archive)
		return error_no_memory(err);
	archive_support_filters(archive);
	libarchive.read_support_format_tar(archive);
	reader->has_data = reader->failed = false;
	reader->has_other = false;
	reader->hides_zeroes = reader->hides_only_zeroes = false;
	reader->zeroes = 0;
	reader->gzip = (struct gzip_reader) {
		.read = reader_read, .opaque = reader,
	};
	if (libarchive.read_open2(archive, reader, NULL, plain_read,
				  plain_skip, plain_close) == ARCHIVE_OK) {
		*ret_archive = archive;
		return 0;
	}
	if (reader->failed)
		error_set(err, 0, "%s: damaged or cut off: %s",
			  quote_name(path), archive_reason(reader, archive));
	/* Perhaps the program that should have written it has failed. */
	else if (!reader->has_data)
		error_set(err, 0, "%s: is empty, not a tar archive",
			  quote_name(path));
	else
		error_set(err, 0, "%s: not a tar archive: %s",
			  quote_name(path), archive_reason(reader, archive));
	libarchive.read_free(archive);
	return -EINVAL;
}

/* Bytes after the end of an archive that are read for a checksum behind them. */
#define REST_MAX	(64u << 20)

static int report_only_zeroes(const char *path, struct lkl_error *err)
{
	return error_set(err, -EINVAL,
			 "%s: not a tar archive: 1 MiB of zeroes and no files, as on an empty disk",
			 quote_name(path));
}

/* The padding of an archive, and the end of the compressed data. */
static int check_rest(const char *path, struct archive *archive,
		      struct archive_reader *reader, struct lkl_error *err)
{
	const void *data;
	uint64_t rest = 0;
	la_ssize_t n = 1;

	if (!reader->decompresses && !gzip_reader_is_active(&reader->gzip))
		return 0;
	while (n > 0 && rest < REST_MAX) {
		n = plain_read(archive, reader, &data);
		rest += n > 0 ? (uint64_t)n : 0;
	}
	if (n < 0)
		return error_set(err, -EIO, "%s: damaged or cut off: %s",
				 quote_name(path),
				 archive_reason(reader, archive));
	return rest >= ZEROES_MAX && !libarchive.file_count(archive) ?
		report_only_zeroes(path, err) : 0;
}

int archive_check_end(const char *path, struct archive *archive,
		      struct archive_reader *reader, struct lkl_error *err)
{
	const void *data;
	la_ssize_t n = 1;

	while (n > 0 && !reader->has_other && reader->zeroes < ZEROES_MAX)
		n = reader_read(archive, reader, &data);
	if (n < 0)
		return error_set(err, -EIO, "%s: cannot read: %s",
				 quote_name(path),
				 libarchive.error_string(archive));
	if ((!reader->has_other && reader->zeroes >= ZEROES_MAX) ||
	    (reader->hides_only_zeroes && !libarchive.file_count(archive)))
		return report_only_zeroes(path, err);
	if ((!reader->has_other || reader->zeroes < TAR_BLOCK) &&
	    (!reader->hides_zeroes || libarchive.file_count(archive)))
		return check_rest(path, archive, reader, err);
	return error_set(err, -EINVAL,
			 "%s: not a tar archive: begins with zeroes, as a disk image may (fs2tar reads those)",
			 quote_name(path));
}

/* Reads up to @size bytes, first those of the prefix: bytes, 0 at the end, or -errno. */
static ssize_t archive_file_next(struct archive_file *file, char *data,
				 size_t size)
{
	size_t n = file->prefix_len < size ? file->prefix_len : size;
	ssize_t got;

	if (n) {
		memcpy(data, file->prefix, n);
		file->prefix += n;
		file->prefix_len -= n;
		return (ssize_t)n;
	}
	do {
		got = read(file->fd, data, size);
	} while (got < 0 && errno == EINTR && !job_interrupted());
	return got < 0 ? -errno : got;
}

/*
 * The first bytes tell an archive from another file: look_inside() needs all that the
 * buffer holds, and a pipe may bring them one by one.
 */
static ssize_t archive_file_start(struct archive_file *file)
{
	size_t len = 0;
	ssize_t n;

	do {
		n = archive_file_next(file, file->buffer + len, READ_SIZE - len);
		len += n > 0 ? (size_t)n : 0;
	} while (n > 0 && len < READ_SIZE);
	return n < 0 ? n : (ssize_t)len;
}

/* Reads into the buffer: bytes, 0 at the end, or -errno. */
static ssize_t archive_file_fill(struct archive_file *file)
{
	ssize_t n;
	int ret;

	if (file->buffer) {
		n = archive_file_next(file, file->buffer, READ_SIZE);
	} else {
		file->buffer = malloc(READ_SIZE);
		n = file->buffer ? archive_file_start(file) : -ENOMEM;
	}
	if (n < 0) {
		file->read_failed = (int)n;
		return n;
	}
	file->ended = !n;
	ret = n && file->tap ? file->tap(file->opaque, file->buffer,
					 (size_t)n) : 0;
	if (ret < 0)
		file->tap_failed = ret;
	return ret < 0 ? ret : n;
}

int archive_file_error(const struct archive_file *file, const char *path,
		       const char *why, struct lkl_error *err)
{
	if (file->tap_failed)
		return error_set(err, file->tap_failed,
				 "%s: cannot keep a copy of it beside the image: %s",
				 quote_name(path), strerror(-file->tap_failed));
	if (file->read_failed)
		return error_set(err, file->read_failed, "%s: cannot read: %s",
				 quote_name(path),
				 strerror(-file->read_failed));
	return error_set(err, -EIO, "%s: damaged or cut off: %s",
			 quote_name(path), why ? why : "no reason given");
}

la_ssize_t archive_file_read(struct archive *archive, void *opaque,
			     const void **ret_buffer)
{
	struct archive_file *file = opaque;
	ssize_t n = archive_file_fill(file);

	if (n < 0)
		libarchive.set_error(archive, (int)-n, "%s",
				     strerror((int)-n));
	*ret_buffer = file->buffer;
	return n < 0 ? -1 : n;
}

/*
 * Skips the data of a member that nobody reads: returns the bytes skipped, 0
 * if they have to be read.  An archive that was cut off must not seem to go
 * on, so this stays within the file.
 */
la_int64_t archive_file_skip(struct archive *archive, void *opaque,
			     la_int64_t n)
{
	const struct archive_file *file = opaque;
	struct stat st;
	off_t at;

	(void)archive;
	if (file->tap || file->prefix_len || n <= 0)
		return 0;
	at = lseek(file->fd, 0, SEEK_CUR);
	if (at < 0 || fstat(file->fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    n >= st.st_size - at || lseek(file->fd, n, SEEK_CUR) < 0)
		return 0;
	return n;
}

void archive_file_free(struct archive_file *file)
{
	free(file->buffer);
	file->buffer = NULL;
}

int archive_file_drain(struct archive_file *file)
{
	ssize_t n = 1;

	while (n > 0 && !file->ended)
		n = archive_file_fill(file);
	return n < 0 ? (int)n : 0;
}

bool archive_warning_is_about_names(struct archive *archive)
{
	const char *warning = libarchive.error_string(archive);

	return warning && strstr(warning, "can't be converted");
}

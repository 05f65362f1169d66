// SPDX-License-Identifier: GPL-2.0-only
/*
 * candidate.c - decides early whether an archive can be a container image.
 *
 * The files that say so for certain may be at the end of the archive.  An
 * archive from a pipe, or a compressed one, has to be copied to a temporary file
 * for that, which other archives must be spared.  So its first member decides:
 * its name has to be one that such archives have.
 */
#include "candidate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cli/quote.h"
#include "common/copy/archive-path.h"
#include "common/copy/gzip-reader.h"
#include "common/error.h"
#include "common/whole.h"

/* Enough for the first block of all compressions. */
#define START_SIZE	(1u << 20)

/* A compressed archive may be this much larger than its file, and 1 GiB. */
#define RATIO_MAX	100u
#define UNPACKED_MIN	(1ull << 30)

/* ---- The first member ---- */

static void support_all(struct archive *archive)
{
	libarchive.read_support_filter_gzip(archive);
	libarchive.read_support_filter_bzip2(archive);
	libarchive.read_support_filter_xz(archive);
	libarchive.read_support_filter_lzma(archive);
	libarchive.read_support_filter_zstd(archive);
	libarchive.read_support_filter_lz4(archive);
	libarchive.read_support_filter_lzip(archive);
	libarchive.read_support_filter_compress(archive);
}

static bool begins_with_id(const char *name)
{
	if (!strncmp(name, "sha256:", 7))
		name += 7;
	return strspn(name, "0123456789abcdef") >= 64;
}

/* Whether a path begins with a name that container images have. */
static bool is_image_name(const char *path)
{
	static const char *const names[] = {
		"blobs", "index.json", "manifest.json", "oci-layout",
		"repositories",
	};
	size_t len = strcspn(path, "/"), i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strlen(names[i]) == len && !memcmp(names[i], path, len))
			return true;
	return begins_with_id(path);
}

void image_signs_add(struct image_signs *signs, const char *path)
{
	if (!signs->any)
		signs->first = is_image_name(path);
	signs->any = true;
	signs->layout |= !strcmp(path, "oci-layout");
	signs->index |= !strcmp(path, "index.json");
	signs->manifest |= !strcmp(path, "manifest.json");
	signs->data |= !strcmp(path, "blobs") || !strncmp(path, "blobs/", 6) ||
		!strcmp(path, "repositories") || begins_with_id(path);
}

bool image_signs_suffice(const struct image_signs *signs)
{
	return !signs->first && signs->data &&
		(signs->manifest || (signs->layout && signs->index));
}

/* Returns 1 or 0, or -1 if the member says nothing. */
static int judge_member(struct archive_entry *entry)
{
	const char *name = libarchive.entry_pathname(entry);
	char *path;
	int result;

	if (!name || member_path(name, &path) < 0)
		return 0;
	result = !strcmp(path, ".") ? -1 : is_image_name(path);
	free(path);
	return result;
}

static bool has_image_name_first(struct archive_start *start)
{
	struct archive *archive = libarchive.read_new();
	struct archive_entry *entry;
	int result = -1;

	if (!archive)
		return false;
	support_all(archive);
	libarchive.read_support_format_tar(archive);
	if (libarchive.read_open_memory(archive, start->data, start->len) !=
	    ARCHIVE_OK)
		result = 0;
	while (result < 0) {
		if (libarchive.read_next_header(archive, &entry) < ARCHIVE_WARN)
			result = 0;
		else
			result = judge_member(entry);
	}
	/* All have one "filter", which is none. */
	start->is_compressed = libarchive.filter_count(archive) > 1;
	libarchive.read_free(archive);
	return result;
}

/* @at: for a seekable archive.  Bytes, 0 at the end, or -errno. */
static ssize_t read_archive(const struct container_input *input, void *buffer,
			    size_t len, uint64_t at)
{
	ssize_t n;

	do {
		n = input->seekable ?
			pread(input->fd, buffer, len, (off_t)(input->start + at)) :
			read(input->fd, buffer, len);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

int candidate_look(const struct container_input *input,
		   struct archive_start *ret_start, struct lkl_error *err)
{
	struct archive_start start = { .data = malloc(START_SIZE) };
	ssize_t n;

	if (!start.data)
		return error_no_memory(err);
	while (start.len < START_SIZE && !start.ended) {
		n = read_archive(input, start.data + start.len,
				 START_SIZE - start.len, start.len);
		if (n < 0) {
			free(start.data);
			return error_set(err, (int)n, "cannot read: %s",
					 strerror((int)-n));
		}
		start.len += (size_t)n;
		start.ended = !n;
	}
	*ret_start = start;
	return has_image_name_first(ret_start);
}

/* ---- The copy ---- */

struct spooling {
	const struct container_input *input;
	struct archive_start *start;
	struct gzip_reader gzip;	/* of those */
	uint64_t consumed;		/* bytes of the archive's file */
	char *buffer;
	uint64_t written;
};

/* What was read already, and then the rest. */
static la_ssize_t spooling_read(struct archive *archive, void *opaque,
				const void **ret_buffer)
{
	struct spooling *spooling = opaque;
	struct archive_start *start = spooling->start;
	ssize_t n;

	if (spooling->consumed < start->len) {
		n = (ssize_t)start->len;
		*ret_buffer = start->data;
	} else {
		n = start->ended ? 0 :
			read_archive(spooling->input, spooling->buffer,
				     START_SIZE, spooling->consumed);
		*ret_buffer = spooling->buffer;
	}
	if (n < 0) {
		libarchive.set_error(archive, (int)-n, "%s",
				     strerror((int)-n));
		return -1;
	}
	spooling->consumed += (uint64_t)n;
	return n;
}

static int spool_append(struct spooling *spooling, const char *data, size_t len,
			struct lkl_error *err)
{
	spooling->written += len;
	if (spooling->written > UNPACKED_MIN &&
	    spooling->written / RATIO_MAX > spooling->consumed)
		return error_set(err, -EFBIG,
				 "decompresses to more than %u times its size",
				 RATIO_MAX);
	return write_whole(spooling->input->spool, data, len) ? 0 :
		error_set(err, -errno, "cannot write a temporary copy of it: %s",
			  strerror(errno));
}

static int spool_all(struct spooling *spooling, struct archive *archive,
		     struct lkl_error *err)
{
	struct archive_entry *entry;
	const void *data;
	la_int64_t offset;
	const char *why;
	size_t len;
	int status, ret;

	status = libarchive.read_open(archive, &spooling->gzip, NULL,
				      gzip_reader_read, NULL);
	if (status == ARCHIVE_OK)
		status = libarchive.read_next_header(archive, &entry);
	while (status >= ARCHIVE_WARN && status != ARCHIVE_EOF) {
		status = libarchive.read_data_block(archive, &data, &len,
						    &offset);
		if (status == ARCHIVE_EOF)
			break;
		if (status == ARCHIVE_RETRY) {
			status = ARCHIVE_OK;
			continue;
		}
		if (status < ARCHIVE_WARN)
			break;
		ret = spool_append(spooling, data, len, err);
		if (ret < 0)
			return ret;
	}
	if (status >= ARCHIVE_WARN)
		return 0;
	why = libarchive.error_string(archive);
	return error_set(err, -EIO, "damaged or cut off: %s",
			 why ? why : "no reason given");
}

int candidate_spool(const struct container_input *input,
		    struct archive_start *start, struct lkl_error *err)
{
	struct spooling spooling = {
		.input = input, .start = start, .buffer = malloc(START_SIZE),
		.gzip = { .read = spooling_read, .opaque = &spooling },
	};
	struct archive *archive = libarchive.read_new();
	int ret;

	if (!spooling.buffer || !archive) {
		ret = error_no_memory(err);
	} else {
		support_all(archive);
		libarchive.read_support_format_raw(archive);
		ret = spool_all(&spooling, archive, err);
	}
	if (archive)
		libarchive.read_free(archive);
	gzip_reader_free(&spooling.gzip);
	free(spooling.buffer);
	return ret;
}

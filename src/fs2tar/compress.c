// SPDX-License-Identifier: GPL-2.0-only
/*
 * compress.c - compresses the archive with libarchive.
 *
 * The same image gives the same bytes on every machine.  So there are no time
 * stamps.  Encoders are always the multi-threaded ones: their output differs
 * from that of the plain ones, but not with the number of threads.
 */
#include "compress.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/archive-library.h"
#include "common/error.h"

/* With one thread libarchive would use the plain encoder. */
#define THREADS_MIN	2u
/* A limit for the default: xz needs about 120 MiB for each thread. */
#define THREADS_AUTO	8u

struct compress_method {
	const char *name;
	const char *suffixes[4];
	int (**add_filter)(struct archive *);
	bool threads;			/* has the option "threads" */
	bool time_stamp;
};

static const struct compress_method methods[] = {
	{ .name = "none" },
	{
		.name = "gzip",
		.suffixes = { ".gz", ".tgz", ".taz" },
		.add_filter = &libarchive.write_add_filter_gzip,
		.time_stamp = true,
	}, {
		.name = "bzip2",
		.suffixes = { ".bz2", ".tbz2", ".tbz" },
		.add_filter = &libarchive.write_add_filter_bzip2,
	}, {
		.name = "xz",
		.suffixes = { ".xz", ".txz" },
		.add_filter = &libarchive.write_add_filter_xz,
		.threads = true,
	}, {
		.name = "zstd",
		.suffixes = { ".zst", ".tzst" },
		.add_filter = &libarchive.write_add_filter_zstd,
		.threads = true,
	}, {
		.name = "lz4",
		.suffixes = { ".lz4", ".tlz4" },
		.add_filter = &libarchive.write_add_filter_lz4,
	},
};

#define N_METHODS (sizeof(methods) / sizeof(*methods))

struct compressor {
	struct archive *archive;
	stream_write_fn *write;
	void *opaque;
	int error;			/* of write() */
};

const struct compress_method *compress_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < N_METHODS; i++)
		if (!strcmp(methods[i].name, name))
			return &methods[i];
	return NULL;
}

static bool has_suffix(const char *path, const char *suffix)
{
	size_t len = strlen(path), n = strlen(suffix);

	return len > n && !strcmp(path + len - n, suffix);
}

const struct compress_method *compress_by_suffix(const char *path)
{
	/* Suffixes that tar -a knows and we have no method for. */
	static const char *const unsupported[] = {
		".Z", ".taZ", ".lzma", ".tlz", ".lz", ".lzo", ".tzo", ".br",
		".lrz", ".zip", ".7z",
	};
	unsigned int i, j;

	for (i = 0; path && i < N_METHODS; i++)
		for (j = 0; j < 4 && methods[i].suffixes[j]; j++)
			if (has_suffix(path, methods[i].suffixes[j]))
				return &methods[i];
	for (i = 0; path && i < sizeof(unsupported) / sizeof(*unsupported); i++)
		if (has_suffix(path, unsupported[i]))
			return NULL;
	return &methods[0];
}

bool compress_is_none(const struct compress_method *method)
{
	return !method->add_filter;
}

/* ARCHIVE_WARN means that libarchive would start a program. */
static bool is_built_in(const struct compress_method *method)
{
	struct archive *archive = libarchive.write_new();
	bool built_in;

	built_in = archive && (*method->add_filter)(archive) == ARCHIVE_OK;
	if (archive)
		libarchive.write_free(archive);
	return built_in;
}

const char *compress_features(char *buf, size_t size)
{
	unsigned int i;
	size_t len = 0;

	buf[0] = '\0';
	if (archive_library_load(NULL))
		return buf;
	for (i = 0; i < N_METHODS; i++)
		if (methods[i].add_filter && is_built_in(&methods[i]) &&
		    len < size)
			len += (size_t)snprintf(buf + len, size - len,
						"%s+%s", len ? " " : "",
						methods[i].name);
	return buf;
}

static la_ssize_t compressor_output(struct archive *archive, void *opaque,
				    const void *data, size_t len)
{
	struct compressor *compressor = opaque;
	int ret = compressor->write(compressor->opaque, data, len);

	if (ret < 0) {
		compressor->error = ret;
		libarchive.set_error(archive, -ret, "%s", strerror(-ret));
		return -1;
	}
	return (la_ssize_t)len;
}

static int set_method_options(struct archive *archive,
			      const struct compress_method *method, int level,
			      unsigned int threads, struct lkl_error *err)
{
	char number[16];
	long cpus;

	if (method->time_stamp &&
	    libarchive.write_set_filter_option(archive, NULL, "timestamp",
					       NULL))
		return error_set(err, -EINVAL, "%s: %s", method->name,
				 libarchive.error_string(archive));
	if (level >= 0) {
		snprintf(number, sizeof(number), "%d", level);
		if (libarchive.write_set_filter_option(archive, NULL,
						       "compression-level",
						       number))
			return error_set(err, -EINVAL,
					 "%s has no compression level %d",
					 method->name, level);
	}
	if (!method->threads)
		return 0;
	if (!threads) {
		cpus = sysconf(_SC_NPROCESSORS_ONLN);
		threads = cpus > 0 ? (unsigned int)cpus : 1;
		if (threads > THREADS_AUTO)
			threads = THREADS_AUTO;
	}
	if (threads < THREADS_MIN)
		threads = THREADS_MIN;
	snprintf(number, sizeof(number), "%u", threads);
	/* A libarchive without this option has only the plain encoder. */
	libarchive.write_set_filter_option(archive, NULL, "threads", number);
	return 0;
}

/* The "raw" format has one nameless member: the bytes of the archive. */
static int compressor_open(struct compressor *compressor, struct lkl_error *err)
{
	struct archive *archive = compressor->archive;
	struct archive_entry *entry;
	int ret;

	libarchive.write_set_bytes_per_block(archive, 0);
	ret = libarchive.write_open(archive, compressor, NULL,
				    compressor_output, NULL);
	if (ret != ARCHIVE_OK)
		return error_set(err, -EIO, "cannot start compression: %s",
				 libarchive.error_string(archive));
	entry = libarchive.entry_new();
	if (!entry)
		return error_no_memory(err);
	libarchive.entry_set_filetype(entry, AE_IFREG);
	ret = libarchive.write_header(archive, entry);
	libarchive.entry_free(entry);
	if (ret != ARCHIVE_OK)
		return error_set(err, -EIO, "cannot start compression: %s",
				 libarchive.error_string(archive));
	return 0;
}

int compress_prepare(const struct compress_method *method,
		     struct lkl_error *err)
{
	return compress_is_none(method) ? 0 : archive_library_load(err);
}

int compress_start(const struct compress_method *method, int level,
		   unsigned int threads, stream_write_fn *write, void *opaque,
		   struct compressor **ret_compressor, struct lkl_error *err)
{
	struct compressor *compressor = calloc(1, sizeof(*compressor));
	int ret;

	if (!compressor)
		return error_no_memory(err);
	compressor->write = write;
	compressor->opaque = opaque;
	compressor->archive = libarchive.write_new();
	if (!compressor->archive) {
		free(compressor);
		return error_no_memory(err);
	}

	if ((*method->add_filter)(compressor->archive) != ARCHIVE_OK)
		ret = error_set(err, -EOPNOTSUPP,
				"%s is not built into this libarchive",
				method->name);
	else if (libarchive.write_set_format_raw(compressor->archive))
		ret = error_set(err, -EOPNOTSUPP, "%s",
				libarchive.error_string(compressor->archive));
	else
		ret = set_method_options(compressor->archive, method, level,
					 threads, err);
	if (!ret)
		ret = compressor_open(compressor, err);
	if (ret < 0) {
		compress_finish(compressor, false);
		return ret;
	}
	*ret_compressor = compressor;
	return 0;
}

static int archive_error(const struct compressor *compressor)
{
	int code;

	if (compressor->error)
		return compressor->error;
	code = libarchive.error_number(compressor->archive);
	return code > 0 ? -code : -EIO;
}

int compress_write(void *opaque, const void *data, size_t len)
{
	struct compressor *compressor = opaque;
	const char *from = data;
	la_ssize_t n;

	while (len) {
		n = libarchive.write_data(compressor->archive, from, len);
		if (n <= 0)
			return archive_error(compressor);
		from += n;
		len -= (size_t)n;
	}
	return 0;
}

int compress_finish(struct compressor *compressor, bool complete)
{
	int ret = 0;

	if (!complete)
		libarchive.write_fail(compressor->archive);
	else if (libarchive.write_close(compressor->archive) != ARCHIVE_OK)
		ret = archive_error(compressor);
	libarchive.write_free(compressor->archive);
	free(compressor);
	return ret;
}

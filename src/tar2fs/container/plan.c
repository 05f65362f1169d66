// SPDX-License-Identifier: GPL-2.0-only
/*
 * plan.c - writes and reads plans.
 *
 * The writer has interpreted hostile bytes, so the reader checks all lengths.
 */
#include "plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "merged-tree.h"

#define MAGIC		0x6e616c70u
#define PATH_LEN_MAX	MERGED_TEXT_MAX

struct plan_header {
	uint32_t magic, place, layers;
};

struct plan_layer {
	uint32_t name_len, compression;
	uint64_t size;
	struct digest digest, diff_id;
	bool has_descriptor;
};

struct plan_record {
	uint32_t layer, ordinal, path_len;
};

static int write_error(struct lkl_error *err)
{
	int code = errno ? errno : EIO;

	return error_set(err, -code, "cannot write a temporary file: %s",
			 strerror(code));
}

static FILE *open_stream(int fd, const char *mode)
{
	int copy = dup(fd);
	FILE *file = copy < 0 ? NULL : fdopen(copy, mode);

	if (!file && copy >= 0)
		close(copy);
	return file;
}

static bool write_layer(FILE *file, const struct layer *layer)
{
	struct plan_layer record;

	/* With its padding, it goes into a file. */
	memset(&record, 0, sizeof(record));
	record.name_len = (uint32_t)strlen(layer->name);
	record.compression = layer->compression;
	record.size = layer->size;
	record.digest = layer->digest;
	record.diff_id = layer->diff_id;
	record.has_descriptor = layer->has_descriptor;
	return fwrite(&record, sizeof(record), 1, file) == 1 &&
		fwrite(layer->name, record.name_len, 1, file) == 1;
}

int plan_write_begin(int fd, enum plan_place place, const struct image *image,
		     FILE **ret_file, struct lkl_error *err)
{
	const struct plan_header header = {
		MAGIC, place, (uint32_t)image->n,
	};
	FILE *file = ftruncate(fd, 0) < 0 || lseek(fd, 0, SEEK_SET) < 0 ? NULL :
		open_stream(fd, "w");
	size_t i;
	bool ok;

	errno = 0;
	ok = file && fwrite(&header, sizeof(header), 1, file) == 1;
	for (i = 0; i < image->n && ok; i++)
		ok = write_layer(file, &image->layers[i]);
	if (!ok) {
		write_error(err);
		if (file)
			fclose(file);
		return -EIO;
	}
	*ret_file = file;
	return 0;
}

int plan_write_entry(FILE *file, uint32_t layer, uint32_t ordinal,
		     const char *path, struct lkl_error *err)
{
	const struct plan_record record = {
		layer, ordinal, (uint32_t)strlen(path),
	};

	if (fwrite(&record, sizeof(record), 1, file) == 1 &&
	    fwrite(path, record.path_len, 1, file) == 1)
		return 0;
	return write_error(err);
}

int plan_write_end(FILE *file, struct lkl_error *err)
{
	return fclose(file) ? write_error(err) : 0;
}

bool plan_exists(int fd)
{
	return fd >= 0 && lseek(fd, 0, SEEK_END) > 0;
}

/* A string of @len bytes, to be freed; NULL if there is none. */
static char *read_string(FILE *file, size_t len, size_t max)
{
	char *text = !len || len > max ? NULL : malloc(len + 1);

	if (!text)
		return NULL;
	if (fread(text, len, 1, file) != 1) {
		free(text);
		return NULL;
	}
	text[len] = '\0';
	return text;
}

static bool read_layer(FILE *file, struct layer *layer)
{
	struct plan_layer record;

	if (fread(&record, sizeof(record), 1, file) != 1 ||
	    record.compression > LAYER_ZSTD ||
	    record.digest.algorithm > DIGEST_SHA512 ||
	    record.diff_id.algorithm > DIGEST_SHA512)
		return false;
	*layer = (struct layer){
		.name = read_string(file, record.name_len, PATH_LEN_MAX),
		.compression = (enum layer_compression)record.compression,
		.has_descriptor = record.has_descriptor,
		.digest = record.digest,
		.size = record.size,
		.diff_id = record.diff_id,
	};
	return layer->name;
}

int plan_read_begin(int fd, struct plan *ret_plan, struct lkl_error *err)
{
	struct plan plan = { 0 };
	struct plan_header header;
	size_t i;
	bool ok;
	int ret = 0;

	plan.file = lseek(fd, 0, SEEK_SET) < 0 ? NULL : open_stream(fd, "r");
	ok = plan.file && fread(&header, sizeof(header), 1, plan.file) == 1 &&
		header.magic == MAGIC && header.place <= PLAN_SPOOL;
	if (ok)
		ret = image_reserve(&plan.image, header.layers, err);
	for (i = 0; ok && !ret && i < plan.image.n; i++)
		ok = read_layer(plan.file, &plan.image.layers[i]);
	if (!ok)
		ret = error_set(err, -EIO, "cannot read a temporary file again");
	if (ret < 0) {
		plan_read_end(&plan);
		return ret;
	}
	plan.place = (enum plan_place)header.place;
	*ret_plan = plan;
	return 0;
}

int plan_read_entry(struct plan *plan, struct plan_entry *entry)
{
	struct plan_record record;

	free(entry->path);
	entry->path = NULL;
	if (fread(&record, sizeof(record), 1, plan->file) != 1)
		return ferror(plan->file) ? -EIO : 0;
	entry->path = read_string(plan->file, record.path_len, PATH_LEN_MAX);
	entry->layer = record.layer;
	entry->ordinal = record.ordinal;
	return entry->path ? 0 : -EIO;
}

void plan_read_end(struct plan *plan)
{
	if (plan->file)
		fclose(plan->file);
	image_free(&plan->image);
	plan->file = NULL;
}

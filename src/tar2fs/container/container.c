// SPDX-License-Identifier: GPL-2.0-only
/*
 * container.c - finds container images, and decides what is left of their
 * layers.
 */
#include "container.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "candidate.h"
#include "common/cli/quote.h"
#include "common/copy/archive-path.h"
#include "common/copy/archive-size.h"
#include "common/error.h"
#include "json.h"
#include "plan.h"

/* Layers may be this much larger than their files, and 1 GiB. */
#define RATIO_MAX	100u
#define UNPACKED_MIN	(1ull << 30)

static struct lkl_error libraries_error;

void container_libraries_load(void)
{
	if (!digest_library_load(&libraries_error))
		json_library_load(&libraries_error);
}

int container_options_init(struct container_options *options, const char *tag,
			   const char *platform, struct lkl_error *err)
{
	options->choice = (struct image_choice){ .tag = tag };
	platform_of_host(&options->choice.platform);
	if (!platform)
		return 0;
	options->choice.has_platform = true;
	return platform_parse(platform, &options->choice.platform, err);
}

/* ---- What is left of the layers ---- */

static int add_entry(struct merged_tree *tree, unsigned int layer,
		     uint32_t ordinal, struct archive_entry *entry,
		     const char *path, struct lkl_error *err)
{
	const char *link = libarchive.entry_hardlink(entry);
	struct member member = { .path = path, .type = MEMBER_FILE };
	char *target = NULL;
	la_int64_t size;
	uint64_t xattrs;
	int ret;

	if (link) {
		ret = member_path(link, &target);
		if (ret < 0)
			return ret == -ENOMEM ? error_no_memory(err) :
				error_set(err, ret,
					"a hard link that leads out of the image");
		member.type = MEMBER_HARD_LINK;
		member.target = target;
	} else if (S_ISDIR(libarchive.entry_mode(entry))) {
		member.type = MEMBER_DIRECTORY;
	} else if (S_ISLNK(libarchive.entry_mode(entry))) {
		member.type = MEMBER_SYMLINK;
		member.target = libarchive.entry_symlink(entry);
		if (!member.target || !*member.target)
			return error_set(err, -EINVAL,
					 "a symbolic link without a target");
		member.size = strlen(member.target);
	} else {
		size = libarchive.entry_size(entry);
		member.size = member_data_bytes(entry, size > 0 ?
						(uint64_t)size : 0);
	}
	xattrs = member_xattr_bytes(entry);
	member.xattrs = xattrs < UINT32_MAX ? (uint32_t)xattrs : UINT32_MAX;
	ret = merged_tree_add(tree, layer, ordinal, &member, err);
	free(target);
	return ret;
}

static int add_named_entry(struct merged_tree *tree, unsigned int layer,
			   uint32_t ordinal, struct archive_entry *entry,
			   struct lkl_error *err)
{
	const char *name = libarchive.entry_pathname(entry);
	char *path;
	int ret;

	if (!name)
		return error_set(err, -EINVAL, "member with an unreadable name");
	ret = member_path(name, &path);
	if (ret == -ENOMEM)
		return error_no_memory(err);
	if (ret < 0) {
		error_set(err, ret, "leads out of the image by \"..\"");
	} else {
		ret = add_entry(tree, layer, ordinal, entry, path, err);
		free(path);
	}
	return ret < 0 ? error_prefix(err, ret, "%s", quote_name(name)) : 0;
}

static int add_entries(struct merged_tree *tree, unsigned int layer,
		       struct archive *archive, struct lkl_error *err)
{
	struct archive_entry *entry;
	uint32_t ordinal = 0;
	const char *why;
	int status, ret;

	for (;;) {
		status = libarchive.read_next_header(archive, &entry);
		if (status == ARCHIVE_EOF)
			return 0;
		if (status == ARCHIVE_RETRY)
			continue;
		if (status < ARCHIVE_WARN) {
			why = libarchive.error_string(archive);
			return error_set(err, -EIO, "damaged or cut off: %s",
					 why ? why : "no reason given");
		}
		ret = add_named_entry(tree, layer, ordinal, entry, err);
		if (ret < 0)
			return ret;
		if (++ordinal == MERGED_IMPLICIT)
			return error_set(err, -E2BIG, "too many members");
	}
}

static int add_archive(struct merged_tree *tree, unsigned int layer,
		       struct layer_stream *stream, struct lkl_error *err)
{
	struct archive *archive = libarchive.read_new();
	const char *why;
	int ret;

	if (!archive)
		return error_no_memory(err);
	libarchive.read_support_format_tar(archive);
	if (libarchive.read_open(archive, stream, NULL, layer_stream_read,
				 NULL) == ARCHIVE_OK) {
		ret = add_entries(tree, layer, archive, err);
	} else {
		why = libarchive.error_string(archive);
		ret = error_set(err, -EINVAL, "not a tar archive: %s",
				why ? why : "no reason given");
	}
	libarchive.read_free(archive);
	return ret;
}

static int add_layer(struct merged_tree *tree, const struct store *store,
		     const struct image *image, unsigned int i, uint64_t *budget,
		     struct lkl_error *err)
{
	const struct layer *layer = &image->layers[i];
	struct layer_stream *stream;
	struct lkl_error stream_err;
	int ret, finished;

	ret = layer_stream_open(store, layer, budget, true, &stream, err);
	if (ret < 0)
		return ret;
	ret = add_archive(tree, i, stream, err);
	if (ret < 0)
		error_prefix(err, ret, "%s", quote_name(layer->name));
	/* Damage is the better reason, if the archive makes no sense. */
	finished = layer_stream_finish(stream, &stream_err);
	if (finished < 0) {
		*err = stream_err;
		ret = finished;
	}
	layer_stream_close(stream);
	return ret;
}

/* The limit for all layers together. */
static uint64_t default_budget(const struct store *store,
			       const struct image *image)
{
	uint64_t sum = 0, size;
	struct lkl_error err;
	struct blob *blob;
	size_t i;

	for (i = 0; i < image->n; i++) {
		/* What cannot be opened is reported when it is read. */
		if (blob_open(store, image->layers[i].name, &blob, &err) < 0)
			continue;
		/* A size that is only claimed, or a hole, is no reason. */
		size = blob_stored(blob);
		blob_close(blob);
		if (size > UINT64_MAX / 2 / RATIO_MAX / MERGED_LAYERS_MAX)
			return UINT64_MAX;
		sum += size;
	}
	return sum * RATIO_MAX + UNPACKED_MIN;
}

static int merge_layers(const struct store *store, const struct image *image,
			const struct container_options *options,
			struct merged_tree *tree, struct lkl_error *err)
{
	uint64_t budget = options->max_unpacked ? options->max_unpacked :
		default_budget(store, image);
	unsigned int i;
	int ret = 0;

	for (i = 0; i < image->n && !ret; i++)
		ret = add_layer(tree, store, image, i, &budget, err);
	return ret;
}

/* ---- The result ---- */

struct result {
	const struct merged_tree *tree;
	FILE *plan;
	container_visit *visit;
	void *opaque;
};

static int give_survivor(const struct result *result,
			 const struct survivor *survivor, bool is_link,
			 struct lkl_error *err)
{
	struct container_name name = {
		.type = merged_tree_type(result->tree, survivor->node),
		.size = merged_tree_size(result->tree, survivor->node),
		.xattrs = merged_tree_xattrs(result->tree, survivor->node),
	};
	char *path = merged_tree_path(result->tree, survivor->node);
	int ret = 0;

	if (!path)
		return error_no_memory(err);
	if (is_link)
		name.type = MEMBER_HARD_LINK;
	name.path = path;
	if (strcmp(path, "."))
		ret = result->visit(result->opaque, &name);
	if (ret < 0)
		error_set(err, ret, "%s", strerror(-ret));
	else if (survivor->ordinal != MERGED_IMPLICIT)
		ret = plan_write_entry(result->plan, survivor->layer,
				       survivor->ordinal, path, err);
	free(path);
	return ret;
}

static int give_result(struct merged_tree *tree, const struct result *result,
		       struct lkl_error *err)
{
	const struct survivor *at;
	bool is_link;
	size_t n, i;
	int ret;

	ret = merged_tree_finish(tree, &at, &n);
	if (ret < 0)
		return error_no_memory(err);
	for (i = 0; i < n && !ret; i++) {
		is_link = i && at[i].ordinal != MERGED_IMPLICIT &&
			at[i].layer == at[i - 1].layer &&
			at[i].ordinal == at[i - 1].ordinal;
		ret = give_survivor(result, &at[i], is_link, err);
	}
	return ret;
}

static int find_image(const struct store *store,
		      const struct image_choice *choice,
		      struct image *ret_image, struct lkl_error *err)
{
	struct lkl_error docker_err;
	int ret;

	if (libraries_error.text[0]) {
		*err = libraries_error;
		return -ENOTSUP;
	}
	if (!image_is_oci(store))
		return image_find_docker(store, choice, ret_image, err);
	ret = image_find_oci(store, choice, ret_image, err);
	/* Docker's full names are in its own list only. */
	if (ret == -ENOENT && choice->tag && image_is_docker(store) &&
	    !image_find_docker(store, choice, ret_image, &docker_err))
		ret = 0;
	return ret;
}

/* Returns 1, or 0 if the store holds no image. */
static int measure_store(const struct container_input *input,
			 const struct store *store, enum plan_place place,
			 const struct container_options *options,
			 struct result *result, struct lkl_error *err)
{
	struct merged_tree *tree = NULL;
	struct image image = { 0 };
	int ret, ended;

	/* Without the libraries, a manifest cannot be told from other files. */
	if (!image_is_oci(store) &&
	    (libraries_error.text[0] || !image_is_docker(store)))
		return 0;
	ret = find_image(store, &options->choice, &image, err);
	if (ret < 0)
		return ret;
	tree = merged_tree_new();
	if (!tree)
		ret = error_no_memory(err);
	if (!ret)
		ret = merge_layers(store, &image, options, tree, err);
	if (!ret)
		ret = plan_write_begin(input->plan, place, &image,
				       &result->plan, err);
	if (!ret) {
		result->tree = tree;
		ret = give_result(tree, result, err);
		ended = plan_write_end(result->plan, err);
		if (!ret)
			ret = ended;
	}
	merged_tree_free(tree);
	image_free(&image);
	return ret < 0 ? ret : 1;
}

static int measure_archive(const struct container_input *input,
			   enum plan_place place,
			   const struct container_options *options,
			   struct result *result, struct lkl_error *err)
{
	bool spooled = place == PLAN_SPOOL;
	struct store *store;
	int ret;

	ret = store_open_tar(spooled ? input->spool : input->fd,
			     spooled ? 0 : input->start, &store, err);
	/* Whoever reads it as an archive reports what is wrong with it. */
	if (ret < 0)
		return ret == -ENOMEM ? ret : 0;
	ret = measure_store(input, store, place, options, result, err);
	store_close(store);
	return ret;
}

static int measure_candidate(const struct container_input *input,
			     const struct container_options *options,
			     struct result *result,
			     struct container_rest *rest, struct lkl_error *err)
{
	struct archive_start start = { 0 };
	int ret;

	ret = candidate_look(input, &start, err);
	if (ret < 0)
		return ret;
	if (!ret && !input->seekable) {
		rest->prefix = start.data;
		rest->prefix_len = start.len;
		return 0;
	}
	rest->spooled = ret && (start.is_compressed || !input->seekable);
	if (rest->spooled)
		ret = candidate_spool(input, &start, err);
	free(start.data);
	if (ret < 0 || (!ret && !rest->spooled))
		return ret;
	return measure_archive(input,
			       rest->spooled ? PLAN_SPOOL : PLAN_ARCHIVE,
			       options, result, err);
}

static int measure_folder(const struct container_input *input,
			  const struct container_options *options,
			  struct result *result, struct lkl_error *err)
{
	struct store *store;
	int ret;

	ret = store_open_folder(input->fd, &store, err);
	if (ret < 0)
		return ret;
	ret = measure_store(input, store, PLAN_FOLDER, options, result, err);
	store_close(store);
	return ret;
}

int container_measure(const struct container_input *input,
		      const struct container_options *options,
		      container_visit *visit, void *opaque,
		      struct container_rest *ret_rest, struct lkl_error *err)
{
	struct result result = { .visit = visit, .opaque = opaque };
	struct container_rest rest = { 0 };
	int ret;

	ret = input->is_folder ?
		measure_folder(input, options, &result, err) :
		measure_candidate(input, options, &result, &rest, err);
	if (ret < 0)
		return error_prefix(err, ret, "%s", quote_name(input->path));
	if (!ret)
		*ret_rest = rest;
	return ret;
}

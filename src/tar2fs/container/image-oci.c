// SPDX-License-Identifier: GPL-2.0-only
/*
 * image-oci.c - OCI image layouts.
 *
 * index.json lists descriptors of manifests, and of further indexes.  All
 * manifests that it leads to are collected first, and then one is chosen by its
 * name and its platform.  Every document but index.json has a digest, so a
 * cycle is impossible; the depth is limited all the same.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli/quote.h"
#include "common/error.h"
#include "image.h"
#include "json.h"

#define INDEX		"index.json"
#define DEPTH_MAX	8
#define DOCUMENTS_MAX	200u
#define MANIFESTS_MAX	1000u

#define OCI		"application/vnd.oci.image."
#define DOCKER		"application/vnd.docker."

struct manifest_ref {
	struct digest digest;
	uint64_t size;
	struct platform platform;
	bool has_platform;
	char *name;			/* of the entry of index.json, or NULL */
	size_t entry;			/* that entry's number */
};

struct collection {
	const struct store *store;
	struct manifest_ref *manifests;
	size_t n, size;
	size_t entry;			/* of index.json, that is looked at */
	unsigned int documents;		/* read so far */
	char other_type[100];		/* a media type that is no image's */
};

struct descriptor {
	const char *type;
	struct digest digest;
	uint64_t size;
};

static const char *const index_types[] = {
	OCI "index.v1+json",
	DOCKER "distribution.manifest.list.v2+json",
};

static const char *const manifest_types[] = {
	OCI "manifest.v1+json",
	DOCKER "distribution.manifest.v2+json",
};

static const char *const config_types[] = {
	OCI "config.v1+json",
	DOCKER "container.image.v1+json",
};

/* Both specifications have two names for each type. */
static bool is_type(const char *const types[2], const char *type)
{
	return !strcmp(type, types[0]) || !strcmp(type, types[1]);
}

bool image_is_oci(const struct store *store)
{
	return store_has(store, "oci-layout") && store_has(store, INDEX);
}

static int descriptor_parse(const struct json_t *json,
			    struct descriptor *ret_descriptor,
			    struct lkl_error *err)
{
	const char *digest = json_get_string(json, "digest");
	struct descriptor descriptor;
	int64_t size;
	int ret;

	descriptor.type = json_get_string(json, "mediaType");
	size = json_get_integer(json, "size");
	if (!descriptor.type || !digest || size < 0)
		return error_set(err, -EINVAL,
				 "a descriptor lacks its mediaType, digest or size");
	ret = digest_parse(digest, &descriptor.digest, err);
	if (ret < 0)
		return ret;
	descriptor.size = (uint64_t)size;
	*ret_descriptor = descriptor;
	return 0;
}

static int read_blob_json(struct collection *collection,
			  const struct digest *digest, uint64_t size,
			  const struct json_t **ret_document,
			  struct lkl_error *err)
{
	char name[DIGEST_TEXT_MAX + 8];

	if (++collection->documents > DOCUMENTS_MAX)
		return error_set(err, -E2BIG,
				 "more than %u manifests and indexes to read",
				 DOCUMENTS_MAX);
	return image_read_json(collection->store,
			       digest_blob_name(digest, name), digest, size,
			       ret_document, err);
}

/* ---- All manifests of index.json ---- */

static void collection_free(struct collection *collection)
{
	size_t i;

	for (i = 0; i < collection->n; i++)
		free(collection->manifests[i].name);
	free(collection->manifests);
}

static int add_manifest(struct collection *collection,
			const struct descriptor *descriptor,
			const struct json_t *platform, const char *name,
			struct lkl_error *err)
{
	struct manifest_ref *manifests, *manifest;

	if (collection->n == MANIFESTS_MAX)
		return error_set(err, -E2BIG, "more than %u manifests",
				 MANIFESTS_MAX);
	if (collection->n == collection->size) {
		collection->size = collection->size ? 2 * collection->size : 8;
		manifests = realloc(collection->manifests,
				    collection->size * sizeof(*manifests));
		if (!manifests)
			return error_no_memory(err);
		collection->manifests = manifests;
	}
	manifest = &collection->manifests[collection->n];
	*manifest = (struct manifest_ref){
		.digest = descriptor->digest,
		.size = descriptor->size,
		.has_platform = platform != NULL,
		.name = name ? strdup(name) : NULL,
		.entry = collection->entry,
	};
	if (name && !manifest->name)
		return error_no_memory(err);
	platform_set(&manifest->platform, json_get_string(platform, "os"),
		     json_get_string(platform, "architecture"),
		     json_get_string(platform, "variant"));
	collection->n++;
	return 0;
}

static int collect_index(struct collection *collection,
			 const struct json_t *index, const char *name,
			 unsigned int depth, struct lkl_error *err);

static int collect_descriptor(struct collection *collection,
			      const struct json_t *json, const char *name,
			      unsigned int depth, struct lkl_error *err)
{
	struct descriptor descriptor;
	const struct json_t *index;
	int ret;

	ret = descriptor_parse(json, &descriptor, err);
	if (ret < 0)
		return ret;
	if (is_type(manifest_types, descriptor.type))
		return add_manifest(collection, &descriptor,
				    json_get(json, "platform"), name, err);
	if (!is_type(index_types, descriptor.type)) {
		snprintf(collection->other_type, sizeof(collection->other_type),
			 "%s", quote_name(descriptor.type));
		return 0;
	}
	if (depth == DEPTH_MAX)
		return error_set(err, -EINVAL,
				 "indexes are nested more than %d deep",
				 DEPTH_MAX);
	ret = read_blob_json(collection, &descriptor.digest, descriptor.size,
			     &index, err);
	if (ret < 0)
		return ret;
	ret = collect_index(collection, index, name, depth + 1, err);
	json_document_free(index);
	return ret;
}

static int collect_index(struct collection *collection,
			 const struct json_t *index, const char *name,
			 unsigned int depth, struct lkl_error *err)
{
	const struct json_t *manifests = json_get(index, "manifests");
	size_t i;
	int ret = 0;

	for (i = 0; i < json_length(manifests) && !ret; i++)
		ret = collect_descriptor(collection, json_element(manifests, i),
					 name, depth, err);
	return ret;
}

/* The names that an entry of index.json may have: the second is containerd's. */
static const char *entry_name(const struct json_t *entry, unsigned int i)
{
	static const char *const keys[] = {
		"org.opencontainers.image.ref.name", "io.containerd.image.name",
	};

	return json_get_string(json_get(entry, "annotations"), keys[i]);
}

static int collect_all(struct collection *collection,
		       const struct image_choice *choice,
		       const struct json_t *index, struct name_list *names,
		       struct lkl_error *err)
{
	const struct json_t *entries = json_get(index, "manifests"), *entry;
	const char *name, *full, *digest;
	bool matched = false;
	size_t i;
	int ret = 0;

	for (i = 0; i < json_length(entries) && !ret; i++) {
		entry = json_element(entries, i);
		name = entry_name(entry, 0);
		full = entry_name(entry, 1);
		digest = json_get_string(entry, "digest");
		if (name || full)
			name_list_add(names, full ? full : name);
		else if (digest)
			name_list_add_id(names, digest);
		if (choice->tag &&
		    !(name && image_tag_matches(name, choice->tag)) &&
		    !(full && image_tag_matches(full, choice->tag)) &&
		    !(digest && image_id_matches(digest, choice->tag)))
			continue;
		matched = true;
		collection->entry = i;
		ret = collect_descriptor(collection, entry, full ? full : name,
					 0, err);
	}
	if (!ret && choice->tag && !matched)
		return image_no_match(choice, names, err);
	if (!ret && !collection->n && collection->other_type[0])
		return error_set(err, -EINVAL,
				 "no image, but something of the type %s",
				 collection->other_type);
	if (!ret && !collection->n)
		return error_set(err, -EINVAL, "the index lists no image");
	return ret;
}

/* ---- The choice ---- */

/* A manifest that does not say its platform: its configuration does. */
static int find_platform(struct collection *collection,
			 struct manifest_ref *manifest, struct lkl_error *err)
{
	const struct json_t *json, *config;
	struct descriptor descriptor;
	int ret;

	ret = read_blob_json(collection, &manifest->digest, manifest->size,
			     &json, err);
	if (ret < 0)
		return ret;
	manifest->has_platform = true;
	ret = descriptor_parse(json_get(json, "config"), &descriptor, err);
	if (!ret && is_type(config_types, descriptor.type))
		ret = read_blob_json(collection, &descriptor.digest,
				     descriptor.size, &config, err);
	else if (!ret)
		config = NULL;
	if (!ret) {
		image_config_platform(config, &manifest->platform);
		json_document_free(config);
	}
	json_document_free(json);
	return ret;
}

/*
 * Whether two manifests are the same image for two platforms, or the same name was
 * given twice.  Without names, only the platforms tell.
 */
static bool same_image(const struct manifest_ref *a,
		       const struct manifest_ref *b)
{
	if (a->name || b->name)
		return a->name && b->name && !strcmp(a->name, b->name);
	return a->entry == b->entry ||
		!platform_equal(&a->platform, &b->platform);
}

/* What is attached to an image has the platform "unknown/unknown". */
static bool is_attachment(const struct manifest_ref *manifest)
{
	return !strcmp(manifest->platform.os, "unknown");
}

/*
 * The first manifest for which @platform, if it is not NULL, matches.
 * *@several: there are others, of other images.
 */
static const struct manifest_ref *
first_manifest(const struct collection *collection,
	       const struct platform *platform, bool *several)
{
	const struct manifest_ref *first = NULL, *manifest;
	size_t i;

	*several = false;
	for (i = 0; i < collection->n; i++) {
		manifest = &collection->manifests[i];
		if (is_attachment(manifest) ||
		    (platform && !platform_matches(&manifest->platform,
						   platform)))
			continue;
		if (!first)
			first = manifest;
		else if (!digest_equal(&manifest->digest, &first->digest) &&
			 (!platform || !same_image(first, manifest)))
			*several = true;
	}
	return first;
}

static int no_platform(const struct collection *collection,
		       const struct image_choice *choice, struct lkl_error *err)
{
	struct name_list platforms = { .n = 0 };
	char text[PLATFORM_TEXT_MAX];
	size_t i;

	for (i = 0; i < collection->n; i++)
		if (!is_attachment(&collection->manifests[i]))
			name_list_add(&platforms,
				platform_format(&collection->manifests[i].platform,
						text));
	return error_set(err, -ENOENT,
			 "no image for %s; --platform chooses one of %s",
			 platform_format(&choice->platform, text),
			 platforms.n ? platforms.text : "none");
}

static int choose(struct collection *collection,
		  const struct image_choice *choice,
		  const struct name_list *names,
		  const struct manifest_ref **ret_manifest,
		  struct lkl_error *err)
{
	const struct manifest_ref *manifest;
	bool several;
	size_t i;
	int ret;

	for (i = 0; i < collection->n; i++) {
		if (collection->manifests[i].has_platform)
			continue;
		ret = find_platform(collection, &collection->manifests[i], err);
		if (ret < 0)
			return ret;
	}
	manifest = first_manifest(collection, &choice->platform, &several);
	if (!manifest && !choice->has_platform) {
		/* Not for this host, but the only one. */
		manifest = first_manifest(collection, NULL, &several);
		if (several)
			manifest = NULL;
	}
	if (!manifest)
		return no_platform(collection, choice, err);
	if (several)
		return image_ambiguous(choice, names, err);
	*ret_manifest = manifest;
	return 0;
}

/* ---- The manifest ---- */

static int layer_compression(const char *type,
			     enum layer_compression *ret_compression,
			     struct lkl_error *err)
{
	static const struct {
		const char *type;
		enum layer_compression compression;
	} types[] = {
		{ OCI "layer.v1.tar", LAYER_PLAIN },
		{ OCI "layer.v1.tar+gzip", LAYER_GZIP },
		{ OCI "layer.v1.tar+zstd", LAYER_ZSTD },
		{ DOCKER "image.rootfs.diff.tar", LAYER_PLAIN },
		{ DOCKER "image.rootfs.diff.tar.gzip", LAYER_GZIP },
		{ DOCKER "image.rootfs.diff.tar.zstd", LAYER_ZSTD },
	};
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (!strcmp(types[i].type, type)) {
			*ret_compression = types[i].compression;
			return 0;
		}
	if (!strncmp(type, OCI "layer.nondistributable.",
		     strlen(OCI "layer.nondistributable.")) ||
	    !strcmp(type, DOCKER "image.rootfs.foreign.diff.tar.gzip"))
		return error_set(err, -ENOTSUP,
				 "not distributable (%s), so it is not part of the image",
				 quote_name(type));
	return error_set(err, -ENOTSUP, "layers of the type %s are not supported",
			 quote_name(type));
}

static int read_layer(const struct json_t *json, struct layer *layer,
		      struct lkl_error *err)
{
	char name[DIGEST_TEXT_MAX + 8];
	struct descriptor descriptor;
	int ret;

	ret = descriptor_parse(json, &descriptor, err);
	if (ret < 0)
		return ret;
	digest_blob_name(&descriptor.digest, name);
	ret = layer_compression(descriptor.type, &layer->compression, err);
	if (ret < 0)
		return error_prefix(err, ret, "%s", name);
	layer->has_descriptor = true;
	layer->digest = descriptor.digest;
	layer->size = descriptor.size;
	layer->name = strdup(name);
	return layer->name ? 0 : error_no_memory(err);
}

static int read_config(struct collection *collection,
		       const struct json_t *manifest, struct image *image,
		       struct lkl_error *err)
{
	char name[DIGEST_TEXT_MAX + 8];
	struct descriptor descriptor;
	const struct json_t *config;
	int ret;

	ret = descriptor_parse(json_get(manifest, "config"), &descriptor, err);
	if (ret < 0)
		return ret;
	if (!is_type(config_types, descriptor.type))
		return error_set(err, -EINVAL,
			"is not a container image: its configuration is of the type %s",
			quote_name(descriptor.type));
	ret = read_blob_json(collection, &descriptor.digest, descriptor.size,
			     &config, err);
	if (ret < 0)
		return ret;
	ret = image_read_config(image, config, err);
	json_document_free(config);
	if (ret < 0)
		return error_prefix(err, ret, "%s",
				    digest_blob_name(&descriptor.digest, name));
	return 0;
}

static int read_manifest(struct collection *collection,
			 const struct json_t *manifest, struct image *image,
			 struct lkl_error *err)
{
	const struct json_t *layers = json_get(manifest, "layers");
	size_t i;
	int ret;

	if (json_get_integer(manifest, "schemaVersion") != 2)
		return error_set(err, -ENOTSUP, "schemaVersion is not 2");
	ret = image_reserve(image, json_length(layers), err);
	for (i = 0; i < image->n && !ret; i++) {
		ret = read_layer(json_element(layers, i), &image->layers[i],
				 err);
		if (ret < 0)
			error_prefix(err, ret, "layer %zu", i + 1);
	}
	return ret ? ret : read_config(collection, manifest, image, err);
}

static int find_image(struct collection *collection,
		      const struct image_choice *choice,
		      const struct json_t *index, struct image *image,
		      struct lkl_error *err)
{
	const struct manifest_ref *chosen = NULL;
	const struct json_t *manifest;
	struct name_list names = { .n = 0 };
	char name[DIGEST_TEXT_MAX + 8];
	int ret;

	ret = collect_all(collection, choice, index, &names, err);
	if (!ret)
		ret = choose(collection, choice, &names, &chosen, err);
	if (!ret)
		ret = read_blob_json(collection, &chosen->digest, chosen->size,
				     &manifest, err);
	if (ret < 0)
		return ret;
	ret = read_manifest(collection, manifest, image, err);
	json_document_free(manifest);
	if (ret < 0)
		return error_prefix(err, ret, "%s",
				    digest_blob_name(&chosen->digest, name));
	return 0;
}

int image_find_oci(const struct store *store, const struct image_choice *choice,
		   struct image *ret_image, struct lkl_error *err)
{
	struct collection collection = { .store = store };
	const struct json_t *index;
	struct image image = { 0 };
	int ret;

	ret = image_read_json(store, INDEX, NULL, 0, &index, err);
	if (ret < 0)
		return ret;
	ret = find_image(&collection, choice, index, &image, err);
	json_document_free(index);
	collection_free(&collection);
	if (ret < 0)
		image_free(&image);
	else
		*ret_image = image;
	return ret;
}

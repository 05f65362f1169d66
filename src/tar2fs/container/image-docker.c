// SPDX-License-Identifier: GPL-2.0-only
/*
 * image-docker.c - archives of "docker save" and "podman save".
 *
 * manifest.json is an array with an object for each image: the names of its
 * configuration and of its layers in the archive, and its tags.  The archive has
 * no digests of files, but the configuration has the diff_ids of the layers.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/cli/quote.h"
#include "common/copy/archive-path.h"
#include "common/error.h"
#include "image.h"
#include "json.h"

#define MANIFEST "manifest.json"
#define IMAGES_MAX 1000u

static bool is_manifest(const struct json_t *document)
{
	const struct json_t *first = json_element(document, 0);

	return json_get_string(first, "Config") && json_get(first, "Layers");
}

bool image_is_docker(const struct store *store)
{
	const struct json_t *document;
	struct lkl_error err;
	bool is;

	/* Any folder may have a file of this name. */
	if (!store_has(store, MANIFEST) ||
	    image_read_json(store, MANIFEST, NULL, 0, &document, &err) < 0)
		return false;
	is = is_manifest(document);
	json_document_free(document);
	return is;
}

/* Whether the image is the wanted one.  Adds its tags, or its id, to @names. */
static bool is_chosen(const struct json_t *image,
		      const struct image_choice *choice, struct name_list *names)
{
	const struct json_t *tags = json_get(image, "RepoTags");
	const char *name, *id = json_get_string(image, "Config");
	bool chosen = !choice->tag ||
		(id && image_id_matches(id, choice->tag));
	size_t i;

	if (id && !json_length(tags) && names->n < IMAGES_MAX)
		name_list_add_id(names, id);
	for (i = 0; i < json_length(tags); i++) {
		name = json_element_string(tags, i);
		if (!name)
			continue;
		if (names->n < IMAGES_MAX)
			name_list_add(names, name);
		if (choice->tag && image_tag_matches(name, choice->tag))
			chosen = true;
	}
	return chosen;
}

/* Images of several names and one configuration are the same. */
static int choose(const struct json_t *manifest,
		  const struct image_choice *choice,
		  const struct json_t **ret_image, struct lkl_error *err)
{
	const struct json_t *chosen = NULL, *image;
	struct name_list names = { .n = 0 };
	const char *config;
	bool several = false;
	size_t i;

	if (json_length(manifest) > IMAGES_MAX)
		return error_set(err, -E2BIG, "more than %u images", IMAGES_MAX);
	for (i = 0; i < json_length(manifest); i++) {
		image = json_element(manifest, i);
		if (!is_chosen(image, choice, &names))
			continue;
		config = json_get_string(image, "Config");
		if (!config)
			return error_set(err, -EINVAL,
					 "image %zu has no configuration", i + 1);
		if (chosen && strcmp(json_get_string(chosen, "Config"), config))
			several = true;
		else
			chosen = image;
	}
	if (several)
		return image_ambiguous(choice, &names, err);
	if (!chosen)
		return image_no_match(choice, &names, err);
	*ret_image = chosen;
	return 0;
}

/* Turns a name of the manifest into one of the store. */
static int store_name(const char *name, char **ret_name, struct lkl_error *err)
{
	if (!name)
		return error_set(err, -EINVAL, "a layer has no name");
	switch (member_path(name, ret_name)) {
	case 0:
		return 0;
	case -EINVAL:
		return error_set(err, -EINVAL,
				 "%s: leads out of the archive by \"..\"",
				 quote_name(name));
	}
	return error_no_memory(err);
}

static int check_platform(const struct json_t *config,
			  const struct image_choice *choice,
			  struct lkl_error *err)
{
	char want[PLATFORM_TEXT_MAX], have[PLATFORM_TEXT_MAX];
	struct platform platform;

	/* There is only one image to choose. */
	image_config_platform(config, &platform);
	if (!choice->has_platform ||
	    platform_matches(&platform, &choice->platform))
		return 0;
	return error_set(err, -ENOENT, "the image is for %s, not for %s",
			 platform_format(&platform, have),
			 platform_format(&choice->platform, want));
}

static int read_config(const struct store *store, const struct json_t *entry,
		       const struct image_choice *choice, struct image *image,
		       struct lkl_error *err)
{
	const struct json_t *config = NULL;
	cleanup_free char *name = NULL;
	int ret;

	ret = store_name(json_get_string(entry, "Config"), &name, err);
	if (ret < 0)
		return ret;
	ret = image_read_json(store, name, NULL, 0, &config, err);
	if (ret < 0)
		return ret;
	ret = check_platform(config, choice, err);
	if (!ret)
		ret = image_read_config(image, config, err);
	json_document_free(config);
	return ret < 0 ? error_prefix(err, ret, "%s", quote_name(name)) : 0;
}

static int read_image(const struct store *store, const struct json_t *manifest,
		      const struct image_choice *choice, struct image *image,
		      struct lkl_error *err)
{
	const struct json_t *entry, *layers;
	size_t i;
	int ret;

	ret = choose(manifest, choice, &entry, err);
	if (ret < 0)
		return ret;
	layers = json_get(entry, "Layers");
	ret = image_reserve(image, json_length(layers), err);
	for (i = 0; i < image->n && !ret; i++)
		ret = store_name(json_element_string(layers, i),
				 &image->layers[i].name, err);
	return ret ? ret : read_config(store, entry, choice, image, err);
}

int image_find_docker(const struct store *store,
		      const struct image_choice *choice,
		      struct image *ret_image, struct lkl_error *err)
{
	const struct json_t *manifest;
	struct image image = { 0 };
	int ret;

	ret = image_read_json(store, MANIFEST, NULL, 0, &manifest, err);
	if (ret < 0)
		return ret;
	ret = read_image(store, manifest, choice, &image, err);
	json_document_free(manifest);
	if (ret < 0)
		image_free(&image);
	else
		*ret_image = image;
	return ret;
}

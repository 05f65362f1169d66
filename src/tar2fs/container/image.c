// SPDX-License-Identifier: GPL-2.0-only
/*
 * image.c - what the two kinds of container images have in common.
 */
#include "image.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli/quote.h"
#include "common/error.h"
#include "json.h"
#include "merged-tree.h"

void image_free(struct image *image)
{
	size_t i;

	for (i = 0; i < image->n; i++)
		free(image->layers[i].name);
	free(image->layers);
	image->layers = NULL;
	image->n = 0;
}

void name_list_add(struct name_list *list, const char *name)
{
	size_t len = strlen(list->text), need = strlen(name) + 3;

	list->n++;
	if (len + need < sizeof(list->text))
		snprintf(list->text + len, sizeof(list->text) - len, "%s%s",
			 len ? ", " : "", quote_name(name));
}

bool image_tag_matches(const char *name, const char *tag)
{
	const char *colon = strrchr(name, ':'), *at;

	for (at = name; at; at = strchr(at, '/')) {
		at += *at == '/';
		if (!strcmp(at, tag))
			return true;
	}
	/* The colon of "host:5000/name" does not begin a tag. */
	return colon && !strchr(colon, '/') && !strcmp(colon + 1, tag);
}

#define ID_SHOWN	12u

/* The hexadecimal digits of an id; NULL if it has less than are shown. */
static const char *id_digits(const char *id, size_t *ret_len)
{
	const char *slash = strrchr(id, '/'), *colon;

	if (slash)
		id = slash + 1;
	colon = strchr(id, ':');
	if (colon)
		id = colon + 1;
	*ret_len = strspn(id, "0123456789abcdef");
	return *ret_len >= ID_SHOWN ? id : NULL;
}

bool image_id_matches(const char *id, const char *tag)
{
	size_t id_len, tag_len;

	id = id_digits(id, &id_len);
	tag = id && !strchr(tag, '/') ? id_digits(tag, &tag_len) : NULL;
	return tag && !tag[tag_len] && tag_len <= id_len &&
		!strncmp(id, tag, tag_len);
}

void name_list_add_id(struct name_list *list, const char *id)
{
	char shown[ID_SHOWN + 1];
	size_t len;

	id = id_digits(id, &len);
	if (!id)
		return;
	snprintf(shown, sizeof(shown), "%s", id);
	name_list_add(list, shown);
}

static int check_text(const char *text, size_t len, const struct digest *digest,
		      uint64_t size, struct lkl_error *err)
{
	char want[DIGEST_TEXT_MAX], have[DIGEST_TEXT_MAX];
	struct digest computed;
	struct hasher hasher;

	if (len != size)
		return error_set(err, -EBADMSG,
				 "has %zu bytes, but its descriptor says %llu",
				 len, (unsigned long long)size);
	hasher_begin(&hasher, digest->algorithm);
	hasher_update(&hasher, text, len);
	hasher_finish(&hasher, &computed);
	if (digest_equal(&computed, digest))
		return 0;
	return error_set(err, -EBADMSG,
			 "damaged: its digest is %s instead of %s",
			 digest_format(&computed, have),
			 digest_format(digest, want));
}

int image_read_json(const struct store *store, const char *name,
		    const struct digest *digest, uint64_t size,
		    const struct json_t **ret_document, struct lkl_error *err)
{
	char *text;
	size_t len;
	int ret;

	ret = store_read_all(store, name, JSON_TEXT_MAX, &text, &len, err);
	if (ret < 0)
		return ret;
	ret = digest ? check_text(text, len, digest, size, err) : 0;
	if (!ret)
		ret = json_document_parse(text, len, ret_document, err);
	free(text);
	return ret < 0 ? error_prefix(err, ret, "%s", quote_name(name)) : 0;
}

int image_reserve(struct image *image, size_t n, struct lkl_error *err)
{
	if (n > MERGED_LAYERS_MAX)
		return error_set(err, -E2BIG,
				 "the image has %zu layers; at most %u are supported",
				 n, MERGED_LAYERS_MAX);
	image->layers = calloc(n + !n, sizeof(*image->layers));
	if (!image->layers)
		return error_no_memory(err);
	image->n = n;
	return 0;
}

int image_read_config(struct image *image, const struct json_t *config,
		      struct lkl_error *err)
{
	const struct json_t *ids = json_get(json_get(config, "rootfs"),
					    "diff_ids");
	const char *text;
	size_t i;
	int ret;

	if (json_length(ids) != image->n)
		return error_set(err, -EINVAL,
			"the configuration has %zu diff_ids for %zu layers",
			json_length(ids), image->n);
	for (i = 0; i < image->n; i++) {
		text = json_element_string(ids, i);
		ret = digest_parse(text ? text : "", &image->layers[i].diff_id,
				   err);
		if (ret < 0)
			return error_prefix(err, ret, "diff_id of layer %zu",
					    i + 1);
	}
	return 0;
}

void image_config_platform(const struct json_t *config,
			   struct platform *ret_platform)
{
	platform_set(ret_platform, json_get_string(config, "os"),
		     json_get_string(config, "architecture"),
		     json_get_string(config, "variant"));
}

int image_no_match(const struct image_choice *choice,
		   const struct name_list *names, struct lkl_error *err)
{
	if (!names->n)
		return error_set(err, -ENOENT,
				 "no image has the tag \"%s\"; none has any",
				 quote_name(choice->tag));
	return error_set(err, -ENOENT, "no image has the tag \"%s\"; there are %s",
			 quote_name(choice->tag), names->text);
}

int image_ambiguous(const struct image_choice *choice,
		    const struct name_list *names, struct lkl_error *err)
{
	if (choice->tag)
		return error_set(err, -EINVAL,
				 "several images have the tag \"%s\": %s",
				 quote_name(choice->tag), names->text);
	if (!names->n)
		return error_set(err, -EINVAL,
				 "there are several images, and they have no tags");
	return error_set(err, -EINVAL,
			 "there are several images; --image-tag chooses one of %s",
			 names->text);
}

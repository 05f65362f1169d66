/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * image.h - finds the layers of an image in a store.
 *
 * image-oci.c understands OCI image layouts, image-docker.c the archives of
 * "docker save".
 */
#ifndef CONTAINER_IMAGE_H
#define CONTAINER_IMAGE_H

#include "layer.h"
#include "platform.h"
#include "store.h"

struct json_t;

struct image {
	struct layer *layers;		/* the lowest first */
	size_t n;
};

/* What the user asked for. */
struct image_choice {
	const char *tag;		/* or NULL */
	bool has_platform;
	struct platform platform;	/* the host's unless has_platform */
};

void image_free(struct image *image);

/* Whether the store is such a layout or archive. */
bool image_is_oci(const struct store *store);
bool image_is_docker(const struct store *store);

/*
 * image_find_oci - choose an image, and read its manifest and configuration
 *
 * -ENOENT if no image matches, -EINVAL if several do, and many others.
 */
int image_find_oci(const struct store *store, const struct image_choice *choice,
		   struct image *ret_image, struct lkl_error *err);
int image_find_docker(const struct store *store,
		      const struct image_choice *choice,
		      struct image *ret_image, struct lkl_error *err);

/* ---- For those two (image.c) ---- */

/* A few names for a message, the others only counted. */
struct name_list {
	char text[400];
	unsigned int n;
};

void name_list_add(struct name_list *list, const char *name);

/*
 * image_tag_matches - whether a name of an image is the wanted one
 *
 * That is the whole name, the part behind a slash, or the part behind its last
 * colon: "docker.io/library/app:v1", "app:v1" or "v1".
 */
bool image_tag_matches(const char *name, const char *tag);

/*
 * image_id_matches - whether @tag is the start of an image's id
 * @id: a digest, or the path of a file that is named by it
 *
 * At least the 12 digits that Docker shows, perhaps with the algorithm in front.
 */
bool image_id_matches(const char *id, const char *tag);

/* Adds these 12 digits to a list, if @id has them. */
void name_list_add_id(struct name_list *list, const char *id);

/*
 * image_read_json - read and parse a document of the store
 * @digest: checked; NULL if there is none
 * @size: of its descriptor; only used with @digest
 */
int image_read_json(const struct store *store, const char *name,
		    const struct digest *digest, uint64_t size,
		    const struct json_t **ret_document, struct lkl_error *err);

/* Reserves @n layers.  -E2BIG, -ENOMEM. */
int image_reserve(struct image *image, size_t n, struct lkl_error *err);

/* Sets the diff_ids of all layers from a configuration. */
int image_read_config(struct image *image, const struct json_t *config,
		      struct lkl_error *err);

/* The platform that a configuration is for. */
void image_config_platform(const struct json_t *config,
			   struct platform *ret_platform);

/* For a tag that nothing has, or several images and no tag. */
int image_no_match(const struct image_choice *choice,
		   const struct name_list *names, struct lkl_error *err);
int image_ambiguous(const struct image_choice *choice,
		    const struct name_list *names, struct lkl_error *err);

#endif /* CONTAINER_IMAGE_H */

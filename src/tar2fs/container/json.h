/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * json.h - reads the JSON documents of container images.
 *
 * Values belong to their document.  The functions that get values accept NULL,
 * which stands for a missing value.  One thread at a time may use all of this.
 */
#ifndef CONTAINER_JSON_H
#define CONTAINER_JSON_H

#include <stddef.h>
#include <stdint.h>

#include <lkl.h>

/* Registries need not accept manifests above 4 MiB, by the specification. */
#define JSON_TEXT_MAX (4u << 20)

struct json_t;

/* Loads jansson.  Call it before the sandbox is entered.  -ENOTSUP. */
int json_library_load(struct lkl_error *err);

/*
 * json_document_parse - parse a document
 * @text: need not end with a zero byte
 *
 * Strict: repeated keys, text that is not UTF-8, and text behind the document
 * are errors, -EINVAL.  Memory is limited: -E2BIG.
 */
int json_document_parse(const char *text, size_t len,
			const struct json_t **ret_document,
			struct lkl_error *err);
void json_document_free(const struct json_t *document);

/* The value of a key; NULL if there is none, or @object is no object. */
const struct json_t *json_get(const struct json_t *object, const char *key);

/* The string of a key; NULL if there is none, or it is no string. */
const char *json_get_string(const struct json_t *object, const char *key);

/* The integer of a key; -1 if there is none, or it is negative. */
int64_t json_get_integer(const struct json_t *object, const char *key);

/* Elements of an array; 0 and NULL if @array is none. */
size_t json_length(const struct json_t *array);
const struct json_t *json_element(const struct json_t *array, size_t i);
const char *json_element_string(const struct json_t *array, size_t i);

#endif /* CONTAINER_JSON_H */

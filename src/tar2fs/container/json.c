// SPDX-License-Identifier: GPL-2.0-only
/*
 * json.c - reads JSON with jansson.
 *
 * A document of "[[],[],..." takes forty times its text in memory, so there is a
 * limit on that, too.  jansson limits the depth to 2048.
 */
#include "config.h"
#include "json.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "common/cli/quote.h"
#include "common/error.h"

#ifdef HAVE_JANSSON
#include <jansson.h>

#define JSON_MEMORY_MAX (48u << 20)

#define JANSSON_FUNCTIONS(F) \
	F(array_get) \
	F(array_size) \
	F(delete) \
	F(integer_value) \
	F(loadb) \
	F(object_get) \
	F(object_seed) \
	F(set_alloc_funcs) \
	F(string_value)

static struct {
#define JANSSON_MEMBER(name) __typeof__(json_##name) *name;
	JANSSON_FUNCTIONS(JANSSON_MEMBER)
#undef JANSSON_MEMBER
} jansson;

DLOPEN_NOTE("container", "descriptions of container images", "recommended",
	    JANSSON_SONAME);

static size_t allocated;
static bool is_exhausted;

/* What malloc() returns is aligned for this, too. */
struct allocation {
	_Alignas(max_align_t) size_t size;
};

static void *limited_malloc(size_t size)
{
	struct allocation *allocation;

	if (size > JSON_MEMORY_MAX - allocated) {
		is_exhausted = true;
		return NULL;
	}
	allocation = malloc(sizeof(*allocation) + size);
	if (!allocation)
		return NULL;
	allocation->size = size;
	allocated += size;
	return allocation + 1;
}

static void limited_free(void *p)
{
	struct allocation *allocation = p;

	if (!p)
		return;
	allocation--;
	allocated -= allocation->size;
	free(allocation);
}

int json_library_load(struct lkl_error *err)
{
	static bool loaded;
	void *library;

	if (loaded)
		return 0;
	library = dlopen(JANSSON_SONAME, RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return error_set(err, -ENOTSUP, "cannot load libjansson: %s",
				 dlerror());
#define FIND(name) \
	jansson.name = (__typeof__(jansson.name))dlsym(library, "json_" #name); \
	if (!jansson.name) \
		return error_set(err, -ENOTSUP, "cannot load libjansson: %s", \
				 dlerror());
	JANSSON_FUNCTIONS(FIND)
#undef FIND
	jansson.set_alloc_funcs(limited_malloc, limited_free);
	/* It would open /dev/urandom later. */
	jansson.object_seed(0);
	loaded = true;
	return 0;
}

int json_document_parse(const char *text, size_t len,
			const struct json_t **ret_document,
			struct lkl_error *err)
{
	json_error_t error = { 0 };
	json_t *document;

	is_exhausted = false;
	document = jansson.loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	if (document) {
		*ret_document = document;
		return 0;
	}
	if (is_exhausted)
		return error_set(err, -E2BIG,
				 "this JSON needs more than %u MiB of memory",
				 JSON_MEMORY_MAX >> 20);
	return error_set(err, -EINVAL, "not valid JSON: line %d: %s",
			 error.line, quote_name(error.text));
}

/* Documents are never changed or shared: there is one reference. */
void json_document_free(const struct json_t *document)
{
	if (document)
		jansson.delete((json_t *)(uintptr_t)document);
}

const struct json_t *json_get(const struct json_t *object, const char *key)
{
	return json_is_object(object) ? jansson.object_get(object, key) : NULL;
}

const char *json_get_string(const struct json_t *object, const char *key)
{
	const json_t *value = json_get(object, key);

	return json_is_string(value) ? jansson.string_value(value) : NULL;
}

int64_t json_get_integer(const struct json_t *object, const char *key)
{
	const json_t *value = json_get(object, key);
	json_int_t integer = json_is_integer(value) ?
		jansson.integer_value(value) : -1;

	return integer < 0 ? -1 : integer;
}

size_t json_length(const struct json_t *array)
{
	return json_is_array(array) ? jansson.array_size(array) : 0;
}

const struct json_t *json_element(const struct json_t *array, size_t i)
{
	return json_is_array(array) ? jansson.array_get(array, i) : NULL;
}

const char *json_element_string(const struct json_t *array, size_t i)
{
	const json_t *value = json_element(array, i);

	return json_is_string(value) ? jansson.string_value(value) : NULL;
}

#else /* !HAVE_JANSSON */

int json_library_load(struct lkl_error *err)
{
	return error_set(err, -ENOTSUP,
			 "container images were not built in, for lack of jansson");
}

int json_document_parse(const char *text, size_t len,
			const struct json_t **ret_document,
			struct lkl_error *err)
{
	return json_library_load(err);
}

/* There are no documents, so there are no values. */

void json_document_free(const struct json_t *document)
{
}

const struct json_t *json_get(const struct json_t *object, const char *key)
{
	return NULL;
}

const char *json_get_string(const struct json_t *object, const char *key)
{
	return NULL;
}

int64_t json_get_integer(const struct json_t *object, const char *key)
{
	return -1;
}

size_t json_length(const struct json_t *array)
{
	return 0;
}

const struct json_t *json_element(const struct json_t *array, size_t i)
{
	return NULL;
}

const char *json_element_string(const struct json_t *array, size_t i)
{
	return NULL;
}

#endif

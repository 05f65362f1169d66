// SPDX-License-Identifier: GPL-2.0-only
/*
 * attributes.c - extended attributes and ACLs of a file.
 *
 * All attributes that the kernel lists go into the archive, under star's
 * keys, security.capability and trusted ones included: the kernel lists
 * everything, because the process is root in there.
 */
#include "attributes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <lkl.h>

#include "acl.h"

/* The kernel's own limits for a list, a value and a name. */
#define LIST_MAX	65536
#define VALUE_MAX	65536
#define NAME_MAX_LEN	255
/* A byte and its zero are the shortest name. */
#define NAMES_MAX	(LIST_MAX / 2)

#define PREFIX "SCHILY.xattr."

int attributes_init(struct attributes *attributes)
{
	attributes->names = malloc(LIST_MAX);
	attributes->value = malloc(VALUE_MAX);
	/* What is not used of it is no memory of the host's. */
	attributes->sorted = calloc(NAMES_MAX, sizeof(*attributes->sorted));
	if (attributes->names && attributes->value && attributes->sorted)
		return 0;
	attributes_free(attributes);
	return -ENOMEM;
}

void attributes_free(struct attributes *attributes)
{
	free(attributes->names);
	free(attributes->value);
	free(attributes->sorted);
	attributes->names = attributes->value = NULL;
	attributes->sorted = NULL;
}

/* An equals sign would end the key: written as GNU tar writes it. */
static void make_key(char *key, const char *name)
{
	memcpy(key, PREFIX, sizeof(PREFIX) - 1);
	key += sizeof(PREFIX) - 1;
	for (; *name; name++) {
		if (*name == '=' || *name == '%') {
			memcpy(key, *name == '=' ? "%3D" : "%25", 3);
			key += 3;
		} else {
			*key++ = *name;
		}
	}
	*key = '\0';
}

/* The ACLs of xfs are listed a second time, as it stores them. */
static bool is_duplicate(const char *name)
{
	return !strcmp(name, "trusted.SGI_ACL_FILE") ||
		!strcmp(name, "trusted.SGI_ACL_DEFAULT");
}

static const char *acl_key(const char *name)
{
	if (!strcmp(name, "system.posix_acl_access"))
		return "SCHILY.acl.access";
	if (!strcmp(name, "system.posix_acl_default"))
		return "SCHILY.acl.default";
	return NULL;
}

static int add_acl(struct records *records, const char *key,
		   const char *value, size_t len)
{
	char *text;
	int ret;

	ret = acl_to_text(value, len, &text);
	if (ret < 0)
		return ret;
	ret = records_add_string(records, key, text);
	free(text);
	return ret;
}

static int add_attribute(struct attributes *attributes, const char *file,
			 const char *name, struct records *records)
{
	char key[sizeof(PREFIX) + 3 * NAME_MAX_LEN];
	long len;

	if (is_duplicate(name) || strlen(name) > NAME_MAX_LEN)
		return 0;
	len = lkl_sys_lgetxattr(file, name, attributes->value, VALUE_MAX);
	/* Listed, but not kept by this file: nothing is lost. */
	if (len == -ENODATA || len == -EOPNOTSUPP)
		return 0;
	if (len < 0)
		return (int)len;
	if (acl_key(name))
		return add_acl(records, acl_key(name), attributes->value,
			       (size_t)len);
	make_key(key, name);
	return records_add(records, key, attributes->value, (size_t)len);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/*
 * File systems list them as they store them, in the order that they were set
 * in or that of some hash.  How many there are.
 */
static size_t sort_names(struct attributes *attributes, size_t len)
{
	const char *name, *end = attributes->names + len;
	size_t n = 0;

	for (name = attributes->names; name < end && n < NAMES_MAX;
	     name += strlen(name) + 1) {
		/* The last name has its zero byte, or it is not one. */
		if (!memchr(name, '\0', (size_t)(end - name)))
			break;
		attributes->sorted[n++] = name;
	}
	qsort(attributes->sorted, n, sizeof(*attributes->sorted), by_name);
	return n;
}

int attributes_add(struct attributes *attributes, const char *file,
		   struct records *records)
{
	int ret, first = 0;
	size_t i, n;
	long len;

	len = lkl_sys_llistxattr(file, attributes->names, LIST_MAX);
	if (len == -EOPNOTSUPP)
		return 0;
	if (len < 0)
		return (int)len;

	n = sort_names(attributes, (size_t)len);
	for (i = 0; i < n; i++) {
		ret = add_attribute(attributes, file, attributes->sorted[i],
				    records);
		if (ret < 0 && !first)
			first = ret;
	}
	return first;
}

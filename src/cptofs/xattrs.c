// SPDX-License-Identifier: GPL-2.0-only
/*
 * xattrs.c - the extended attributes of one file, held in memory.
 *
 * A record is the lengths of name and value, the name with its zero byte, and
 * the value.
 */
#include "xattrs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"

/* The kernels' own limits for a list and a value. */
#define LIST_SIZE	65536
#define VALUE_SIZE	65536
#define NAME_LEN_MAX	255

struct record {
	uint32_t name_len, value_len;
};

void xattrs_free(struct xattrs *xattrs)
{
	free(xattrs->records);
	free(xattrs->list);
	free(xattrs->value);
	memset(xattrs, 0, sizeof(*xattrs));
}

int xattrs_add(struct xattrs *xattrs, const char *name, const void *value,
	       size_t len)
{
	struct record record = { (uint32_t)strlen(name), (uint32_t)len };
	size_t need = xattrs->len + sizeof(record) + record.name_len + 1 + len;
	char *records, *at;

	if (need > xattrs->size) {
		records = realloc(xattrs->records, 2 * need);
		if (!records)
			return -ENOMEM;
		xattrs->records = records;
		xattrs->size = 2 * need;
	}
	at = xattrs->records + xattrs->len;
	memcpy(at, &record, sizeof(record));
	at += sizeof(record);
	memcpy(at, name, record.name_len + 1);
	if (len)
		memcpy(at + record.name_len + 1, value, len);
	xattrs->len = need;
	return 0;
}

bool xattrs_next(const struct xattrs *xattrs, size_t *at,
		 struct xattr *ret_xattr)
{
	struct record record;

	if (*at == xattrs->len)
		return false;
	memcpy(&record, xattrs->records + *at, sizeof(record));
	*at += sizeof(record);
	ret_xattr->name = xattrs->records + *at;
	*at += record.name_len + 1;
	ret_xattr->value = xattrs->records + *at;
	ret_xattr->len = record.value_len;
	*at += record.value_len;
	return true;
}

bool xattrs_has(const struct xattrs *xattrs, const char *name)
{
	struct xattr xattr;
	size_t at = 0;

	while (xattrs_next(xattrs, &at, &xattr))
		if (!strcmp(xattr.name, name))
			return true;
	return false;
}

/*
 * What is listed without being an attribute of its own: xfs's ACLs as it
 * stores them, and those of ntfs that its files have by themselves.
 */
static bool is_duplicate(const char *name)
{
	static const char *const duplicates[] = {
		"trusted.SGI_ACL_FILE", "trusted.SGI_ACL_DEFAULT",
		"system.dos_attrib", "system.ntfs_attrib",
		"system.ntfs_attrib_be", "system.ntfs_security",
	};
	unsigned int i;

	for (i = 0; i < sizeof(duplicates) / sizeof(*duplicates); i++)
		if (!strcmp(name, duplicates[i]))
			return true;
	return false;
}

/* The names, into xattrs->list: bytes, 0 if there are none, -errno. */
static long list_names(struct xattrs *xattrs, const struct calls *calls,
		       const struct place *place)
{
	long len;

	if (!xattrs->list)
		xattrs->list = malloc(LIST_SIZE + 1);
	if (!xattrs->value)
		xattrs->value = malloc(VALUE_SIZE);
	if (!xattrs->list || !xattrs->value)
		return -ENOMEM;
	len = calls->listxattr(place, xattrs->list, LIST_SIZE);
	if (len == -EOPNOTSUPP || len == -ENOSYS)
		return 0;
	/* The last name has its zero byte, or gets one. */
	if (len >= 0)
		xattrs->list[len] = '\0';
	return len;
}

static int read_one(struct xattrs *xattrs, const struct calls *calls,
		    const struct place *place, const char *name)
{
	long len;

	if (is_duplicate(name) || strlen(name) > NAME_LEN_MAX)
		return 0;
	len = calls->getxattr(place, name, xattrs->value, VALUE_SIZE);
	/* Listed, but not kept by this file: nothing is lost. */
	if (len == -ENODATA || len == -EOPNOTSUPP)
		return 0;
	if (len < 0)
		return (int)len;
	return xattrs_add(xattrs, name, xattrs->value, (size_t)len);
}

int xattrs_read(struct xattrs *xattrs, const struct calls *calls,
		const struct place *place)
{
	const char *name, *end;
	int ret, first = 0;
	long len;

	xattrs_reset(xattrs);
	len = list_names(xattrs, calls, place);
	if (len <= 0)
		return (int)len;
	end = xattrs->list + len;
	for (name = xattrs->list; name < end; name += strlen(name) + 1) {
		ret = *name ? read_one(xattrs, calls, place, name) : 0;
		if (ret < 0 && !first)
			first = ret;
	}
	return first;
}

int xattrs_purge(struct xattrs *xattrs, const struct calls *calls,
		 const struct place *place, bool acls)
{
	const char *name, *end;
	int ret, first = 0;
	long len;

	len = list_names(xattrs, calls, place);
	if (len <= 0)
		return (int)len;
	end = xattrs->list + len;
	for (name = xattrs->list; name < end; name += strlen(name) + 1) {
		if (!*name || is_duplicate(name) || xattrs_has(xattrs, name))
			continue;
		if (!acls && (!strcmp(name, XATTR_ACCESS) ||
			      !strcmp(name, XATTR_DEFAULT)))
			continue;
		/* A label that the host gave stays. */
		if (!strcmp(name, XATTR_SELINUX))
			continue;
		ret = calls->removexattr(place, name);
		if (ret < 0 && ret != -ENODATA && !first)
			first = ret;
	}
	return first;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * xattrs.c - the extended attributes of one file, in memory.
 *
 * A record holds the lengths of name and value, the name with its zero byte,
 * and the value.
 */
#include "xattrs.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The kernels' own limits for a list and a value. */
#define LIST_SIZE	65536
#define VALUE_SIZE	65536
/* The shortest name is one byte and its zero. */
#define NAMES_MAX	(LIST_SIZE / 2)

struct xattr_record {
	uint32_t name_len, value_len;
};

void xattrs_free(struct xattrs *xattrs)
{
	free(xattrs->records);
	free(xattrs->list);
	free(xattrs->names);
	free(xattrs->value);
	memset(xattrs, 0, sizeof(*xattrs));
}

int xattrs_add(struct xattrs *xattrs, const char *name, const void *value,
	       size_t len)
{
	struct xattr_record record = { (uint32_t)strlen(name), (uint32_t)len };
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
	struct xattr_record record;

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

static bool xattrs_has(const struct xattrs *xattrs, const char *name)
{
	struct xattr xattr;
	size_t at = 0;

	while (xattrs_next(xattrs, &at, &xattr))
		if (!strcmp(xattr.name, name))
			return true;
	return false;
}

/*
 * Attributes that say again what the file system tells in another way, in a
 * form that no other file system understands: ACLs as xfs stores them; flags,
 * the security descriptor, owners, permissions and device number of ntfs.
 */
static bool xattr_is_duplicate(const char *name)
{
	static const char *const duplicates[] = {
		"trusted.SGI_ACL_FILE", "trusted.SGI_ACL_DEFAULT",
		"system.dos_attrib", "system.ntfs_attrib",
		"system.ntfs_attrib_be", "system.ntfs_security",
		"$LXUID", "$LXGID", "$LXMOD", "$LXDEV",
	};
	unsigned int i;

	for (i = 0; i < sizeof(duplicates) / sizeof(*duplicates); i++)
		if (!strcmp(name, duplicates[i]))
			return true;
	return false;
}

static int xattrs_allocate(struct xattrs *xattrs)
{
	if (!xattrs->list)
		xattrs->list = malloc(LIST_SIZE + 1);
	if (!xattrs->value)
		xattrs->value = malloc(VALUE_SIZE);
	/* The host gives memory only to the part that is used. */
	if (!xattrs->names)
		xattrs->names = calloc(NAMES_MAX, sizeof(*xattrs->names));
	return xattrs->list && xattrs->value && xattrs->names ? 0 : -ENOMEM;
}

static int xattr_compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/*
 * File systems list names in the order that they were set in, or in that of a
 * hash: sort them into xattrs->names.  Returns how many there are, or -errno.
 */
static long xattrs_list(struct xattrs *xattrs, const struct file_calls *calls,
			const struct file_ref *file)
{
	const char *name;
	size_t n = 0;
	long len;

	if (xattrs_allocate(xattrs) < 0)
		return -ENOMEM;
	len = calls->listxattr(file, xattrs->list, LIST_SIZE);
	if (len == -EOPNOTSUPP || len == -ENOSYS)
		return 0;
	if (len < 0)
		return len;
	/* A last name without a zero byte gets one. */
	xattrs->list[len] = '\0';
	for (name = xattrs->list; name < xattrs->list + len && n < NAMES_MAX;
	     name += strlen(name) + 1)
		if (*name && strlen(name) <= XATTR_NAME_LEN_MAX &&
		    !xattr_is_duplicate(name))
			xattrs->names[n++] = name;
	qsort(xattrs->names, n, sizeof(*xattrs->names), xattr_compare_names);
	return (long)n;
}

static int xattrs_read_one(struct xattrs *xattrs,
			   const struct file_calls *calls,
			   const struct file_ref *file, const char *name)
{
	long len = calls->getxattr(file, name, xattrs->value, VALUE_SIZE);

	/* Listed, but this file does not have it: nothing is lost. */
	if (len == -ENODATA || len == -EOPNOTSUPP)
		return 0;
	if (len < 0)
		return (int)len;
	return xattrs_add(xattrs, name, xattrs->value, (size_t)len);
}

int xattrs_read(struct xattrs *xattrs, const struct file_calls *calls,
		const struct file_ref *file)
{
	int ret, first = 0;
	long i, n;

	xattrs_reset(xattrs);
	n = xattrs_list(xattrs, calls, file);
	if (n < 0)
		return (int)n;
	for (i = 0; i < n; i++) {
		ret = xattrs_read_one(xattrs, calls, file, xattrs->names[i]);
		if (ret < 0 && !first)
			first = ret;
	}
	return first;
}

static bool xattr_is_acl(const char *name)
{
	return !strcmp(name, XATTR_ACCESS) || !strcmp(name, XATTR_DEFAULT);
}

int xattrs_purge(struct xattrs *xattrs, const struct file_calls *calls,
		 const struct file_ref *file, bool acls)
{
	int ret, first = 0;
	const char *name;
	long i, n;

	n = xattrs_list(xattrs, calls, file);
	if (n < 0)
		return (int)n;
	for (i = 0; i < n; i++) {
		name = xattrs->names[i];
		if (xattrs_has(xattrs, name) || (!acls && xattr_is_acl(name)))
			continue;
		/* The host may have given a label of its own, which stays. */
		if (!strcmp(name, XATTR_SELINUX))
			continue;
		ret = calls->removexattr(file, name);
		if (ret < 0 && ret != -ENODATA && !first)
			first = ret;
	}
	return first;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * acl.c - POSIX access control lists: the kernel's binary form and text.
 *
 * The attribute is little-endian: a version in four bytes, then entries of
 * eight bytes.  The kernel takes entries only in the order of tags and ids.
 */
#include "acl.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lkl/linux/posix_acl_xattr.h>

#define HEADER_SIZE	sizeof(struct lkl_posix_acl_xattr_header)
#define ENTRY_SIZE	sizeof(struct lkl_posix_acl_xattr_entry)
/* ",group:4294967295:rwx" is the longest entry. */
#define ENTRY_TEXT_MAX	32

static const char *acl_tag_name(unsigned int tag)
{
	switch (tag) {
	case LKL_ACL_USER_OBJ:
	case LKL_ACL_USER:
		return "user";
	case LKL_ACL_GROUP_OBJ:
	case LKL_ACL_GROUP:
		return "group";
	case LKL_ACL_MASK:
		return "mask";
	case LKL_ACL_OTHER:
		return "other";
	}
	return NULL;
}

static int acl_check_version(const void *value, size_t len)
{
	struct lkl_posix_acl_xattr_header header;

	if (len < HEADER_SIZE || (len - HEADER_SIZE) % ENTRY_SIZE)
		return -EINVAL;
	memcpy(&header, value, HEADER_SIZE);
	return le32toh(header.a_version) == LKL_POSIX_ACL_XATTR_VERSION ?
		0 : -EINVAL;
}

static struct acl_entry acl_decode_entry(const char *at)
{
	struct lkl_posix_acl_xattr_entry raw;

	memcpy(&raw, at, ENTRY_SIZE);
	return (struct acl_entry){
		.tag = le16toh(raw.e_tag),
		.perm = le16toh(raw.e_perm),
		.id = le32toh(raw.e_id),
	};
}

/* Returns the length. */
static size_t acl_print_entry(char *text, const struct acl_entry *entry)
{
	char id[12] = "";

	if (entry->tag == LKL_ACL_USER || entry->tag == LKL_ACL_GROUP)
		snprintf(id, sizeof(id), "%u", entry->id);
	return (size_t)sprintf(text, "%s:%s:%c%c%c", acl_tag_name(entry->tag),
			       id, entry->perm & LKL_ACL_READ ? 'r' : '-',
			       entry->perm & LKL_ACL_WRITE ? 'w' : '-',
			       entry->perm & LKL_ACL_EXECUTE ? 'x' : '-');
}

int acl_to_text(const void *value, size_t len, char **ret_text)
{
	const char *at = (const char *)value + HEADER_SIZE;
	const char *end = (const char *)value + len;
	struct acl_entry entry;
	char *text, *to;

	if (acl_check_version(value, len) < 0)
		return -EINVAL;
	text = malloc((len - HEADER_SIZE) / ENTRY_SIZE * ENTRY_TEXT_MAX + 1);
	if (!text)
		return -ENOMEM;
	for (to = text; at < end; at += ENTRY_SIZE) {
		entry = acl_decode_entry(at);
		if (!acl_tag_name(entry.tag)) {
			free(text);
			return -EINVAL;
		}
		if (to > text)
			*to++ = ',';
		to += acl_print_entry(to, &entry);
	}
	*to = '\0';
	*ret_text = text;
	return 0;
}

static int acl_compare_entries(const void *a, const void *b)
{
	const struct acl_entry *x = a, *y = b;

	if (x->tag != y->tag)
		return x->tag < y->tag ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

int acl_to_attribute(struct acl_entry *entries, size_t n, void **ret_value,
		     size_t *ret_len)
{
	const struct lkl_posix_acl_xattr_header header = {
		.a_version = htole32(LKL_POSIX_ACL_XATTR_VERSION),
	};
	struct lkl_posix_acl_xattr_entry raw;
	size_t len = HEADER_SIZE + n * ENTRY_SIZE, i;
	char *value = malloc(len);

	if (!value)
		return -ENOMEM;
	qsort(entries, n, sizeof(*entries), acl_compare_entries);
	memcpy(value, &header, HEADER_SIZE);
	for (i = 0; i < n; i++) {
		raw.e_tag = htole16(entries[i].tag);
		raw.e_perm = htole16(entries[i].perm);
		raw.e_id = htole32(entries[i].id);
		memcpy(value + HEADER_SIZE + i * ENTRY_SIZE, &raw, ENTRY_SIZE);
	}
	*ret_value = value;
	*ret_len = len;
	return 0;
}

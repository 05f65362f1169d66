// SPDX-License-Identifier: GPL-2.0-only
/*
 * acl.c - POSIX access control lists as text.
 *
 * The kernel's attribute is little-endian: a version (2) in four bytes, then
 * entries of eight: tag and permissions in two each, an id in four.
 */
#include "acl.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define ACL_VERSION	2
#define ACL_HEADER	4
#define ACL_ENTRY	8
/* ",group:4294967295:rwx" is the longest that occurs. */
#define ACL_TEXT_MAX	32

enum {
	ACL_USER_OBJ = 0x01,
	ACL_USER = 0x02,
	ACL_GROUP_OBJ = 0x04,
	ACL_GROUP = 0x08,
	ACL_MASK = 0x10,
	ACL_OTHER = 0x20,
};

static uint32_t little_endian(const unsigned char *bytes, unsigned int n)
{
	uint32_t value = 0;

	while (n--)
		value = value << 8 | bytes[n];
	return value;
}

static const char *tag_name(unsigned int tag)
{
	switch (tag) {
	case ACL_USER_OBJ:
	case ACL_USER:
		return "user";
	case ACL_GROUP_OBJ:
	case ACL_GROUP:
		return "group";
	case ACL_MASK:
		return "mask";
	case ACL_OTHER:
		return "other";
	}
	return NULL;
}

int acl_to_text(const void *value, size_t len, char **ret_text)
{
	const unsigned char *entry = value;
	unsigned int tag, perm;
	size_t n, i, at = 0;
	char id[12], *text;

	if (len < ACL_HEADER || (len - ACL_HEADER) % ACL_ENTRY ||
	    little_endian(entry, 4) != ACL_VERSION)
		return -EINVAL;
	n = (len - ACL_HEADER) / ACL_ENTRY;
	text = malloc(n * ACL_TEXT_MAX + 1);
	if (!text)
		return -ENOMEM;
	text[0] = '\0';

	entry += ACL_HEADER;
	for (i = 0; i < n; i++, entry += ACL_ENTRY) {
		tag = little_endian(entry, 2);
		perm = little_endian(entry + 2, 2);
		if (!tag_name(tag)) {
			free(text);
			return -EINVAL;
		}
		id[0] = '\0';
		if (tag == ACL_USER || tag == ACL_GROUP)
			snprintf(id, sizeof(id), "%u",
				 little_endian(entry + 4, 4));
		at += (size_t)sprintf(text + at, "%s%s:%s:%c%c%c",
				      i ? "," : "", tag_name(tag), id,
				      perm & 4 ? 'r' : '-',
				      perm & 2 ? 'w' : '-',
				      perm & 1 ? 'x' : '-');
	}
	*ret_text = text;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * archive-size.c - the room that a member of an archive takes in a file system.
 */
#include "archive-size.h"

#include <string.h>

uint64_t member_data_bytes(struct archive_entry *member, uint64_t size)
{
	la_int64_t offset, len;
	uint64_t data = 0;

	if (libarchive.entry_sparse_reset(member) <= 0)
		return size;
	while (libarchive.entry_sparse_next(member, &offset, &len) ==
	       ARCHIVE_OK)
		if (len > 0)
			data += ((uint64_t)len + 4095) / 4096 * 4096;
	return data;
}

uint64_t member_xattr_bytes(struct archive_entry *member)
{
	const char *name;
	const void *value;
	uint64_t bytes = 0;
	size_t size;
	int n;

	libarchive.entry_xattr_reset(member);
	while (libarchive.entry_xattr_next(member, &name, &value, &size) ==
	       ARCHIVE_OK)
		if (name)
			bytes += strlen(name) + 16 + size;
	n = libarchive.entry_acl_reset(member, ARCHIVE_ENTRY_ACL_TYPE_ACCESS);
	if (n > 3)
		bytes += 40 + 8 * (uint64_t)n;
	n = libarchive.entry_acl_reset(member, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT);
	if (n > 0)
		bytes += 40 + 8 * (uint64_t)n;
	return bytes;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * member.c - what a tar archive says about one of its members.
 */
#include "member.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct lkl_statx_timestamp make_time(time_t sec, long nsec)
{
	return (struct lkl_statx_timestamp){
		.tv_sec = sec,
		.tv_nsec = nsec >= 0 && nsec < 1000000000 ? (uint32_t)nsec : 0,
	};
}

void member_stat(struct archive_entry *entry, struct lkl_statx *ret_st)
{
	struct lkl_statx st = {
		.stx_mode = (uint16_t)libarchive.entry_mode(entry),
		.stx_uid = (uint32_t)libarchive.entry_uid(entry),
		.stx_gid = (uint32_t)libarchive.entry_gid(entry),
		.stx_nlink = 1,
		.stx_rdev_major = (uint32_t)libarchive.entry_rdevmajor(entry),
		.stx_rdev_minor = (uint32_t)libarchive.entry_rdevminor(entry),
	};

	if (libarchive.entry_size_is_set(entry) &&
	    libarchive.entry_size(entry) > 0)
		st.stx_size = (uint64_t)libarchive.entry_size(entry);
	st.stx_mtime = make_time(libarchive.entry_mtime(entry),
				 libarchive.entry_mtime_nsec(entry));
	st.stx_atime = !libarchive.entry_atime_is_set(entry) ? st.stx_mtime :
		make_time(libarchive.entry_atime(entry),
			  libarchive.entry_atime_nsec(entry));
	*ret_st = st;
}

/*
 * The kernel's form of an ACL is little-endian: a version (2) in four bytes,
 * then entries of eight: tag and permissions in two each, an id in four.
 * Entries are in the order of their tags, and then of ids.
 */
#define ACL_VERSION	2
#define ACL_ENTRY	8

struct acl_entry {
	uint32_t tag, perm, id;
};

static int by_tag(const void *a, const void *b)
{
	const struct acl_entry *x = a, *y = b;

	if (x->tag != y->tag)
		return x->tag < y->tag ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

static void put_little_endian(unsigned char *to, uint32_t value,
			      unsigned int n)
{
	for (; n--; value >>= 8)
		*to++ = value & 0xff;
}

/* 0 for a tag that POSIX does not have. */
static uint32_t acl_tag(int tag)
{
	switch (tag) {
	case ARCHIVE_ENTRY_ACL_USER_OBJ:
		return 0x01;
	case ARCHIVE_ENTRY_ACL_USER:
		return 0x02;
	case ARCHIVE_ENTRY_ACL_GROUP_OBJ:
		return 0x04;
	case ARCHIVE_ENTRY_ACL_GROUP:
		return 0x08;
	case ARCHIVE_ENTRY_ACL_MASK:
		return 0x10;
	case ARCHIVE_ENTRY_ACL_OTHER:
		return 0x20;
	}
	return 0;
}

static uint32_t acl_perm(int perm)
{
	return (perm & ARCHIVE_ENTRY_ACL_READ ? 4 : 0) |
		(perm & ARCHIVE_ENTRY_ACL_WRITE ? 2 : 0) |
		(perm & ARCHIVE_ENTRY_ACL_EXECUTE ? 1 : 0);
}

static int add_acl(struct job *job, struct archive_entry *entry, int type,
		   const char *attribute)
{
	int n = libarchive.entry_acl_reset(entry, type), got, perm, tag, id;
	struct acl_entry *entries;
	unsigned char *value;
	const char *name;
	int i = 0, ret;

	/* Three say no more than the mode does. */
	if (n <= (type == ARCHIVE_ENTRY_ACL_TYPE_ACCESS ? 3 : 0))
		return 0;
	entries = calloc((size_t)n, sizeof(*entries));
	value = malloc(4 + (size_t)n * ACL_ENTRY);
	if (!entries || !value) {
		free(entries);
		free(value);
		return -ENOMEM;
	}
	while (i < n && libarchive.entry_acl_next(entry, type, &got, &perm,
						  &tag, &id,
						  &name) == ARCHIVE_OK) {
		entries[i].tag = acl_tag(tag);
		entries[i].perm = acl_perm(perm);
		entries[i].id = tag == ARCHIVE_ENTRY_ACL_USER ||
			tag == ARCHIVE_ENTRY_ACL_GROUP ? (uint32_t)id : -1u;
		i += entries[i].tag != 0;
	}
	n = i;
	qsort(entries, (size_t)n, sizeof(*entries), by_tag);
	put_little_endian(value, ACL_VERSION, 4);
	for (i = 0; i < n; i++) {
		put_little_endian(value + 4 + ACL_ENTRY * i,
				  entries[i].tag, 2);
		put_little_endian(value + 6 + ACL_ENTRY * i,
				  entries[i].perm, 2);
		put_little_endian(value + 8 + ACL_ENTRY * i,
				  entries[i].id, 4);
	}
	ret = xattrs_add(&job->xattrs, attribute, value,
			 4 + (size_t)n * ACL_ENTRY);
	free(entries);
	free(value);
	return ret;
}

/* GNU tar writes an equals sign, which would end the key, in this way. */
static char *decode_name(const char *name)
{
	char *copy = strdup(name), *from = copy, *to = copy;

	while (from && *from) {
		if (!strncmp(from, "%3D", 3) || !strncmp(from, "%25", 3)) {
			*to++ = from[1] == '3' ? '=' : '%';
			from += 3;
		} else {
			*to++ = *from++;
		}
	}
	if (to)
		*to = '\0';
	return copy;
}

int member_xattrs(struct job *job, struct archive_entry *entry)
{
	const char *name;
	const void *value;
	char *decoded;
	size_t size;
	int ret = 0;

	xattrs_reset(&job->xattrs);
	libarchive.entry_xattr_reset(entry);
	while (!ret && libarchive.entry_xattr_next(entry, &name, &value,
						   &size) == ARCHIVE_OK)
		if (name && *name) {
			decoded = decode_name(name);
			ret = !decoded ? -ENOMEM :
				xattrs_add(&job->xattrs, decoded, value, size);
			free(decoded);
		}
	if (!ret)
		ret = add_acl(job, entry, ARCHIVE_ENTRY_ACL_TYPE_ACCESS,
			      XATTR_ACCESS);
	if (!ret)
		ret = add_acl(job, entry, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT,
			      XATTR_DEFAULT);
	return ret;
}

int member_path(const char *name, char **ret_path)
{
	char *path = malloc(strlen(name) + 2);
	size_t at = 0, len;

	if (!path)
		return -ENOMEM;
	for (;; name += len) {
		name += strspn(name, "/");
		len = strcspn(name, "/");
		if (!len)
			break;
		if (len == 1 && name[0] == '.')
			continue;
		if (len == 2 && name[0] == '.' && name[1] == '.') {
			free(path);
			return -EINVAL;
		}
		if (at)
			path[at++] = '/';
		memcpy(path + at, name, len);
		at += len;
	}
	if (!at)
		path[at++] = '.';
	path[at] = '\0';
	*ret_path = path;
	return 0;
}

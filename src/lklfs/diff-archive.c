// SPDX-License-Identifier: GPL-2.0-only
/*
 * diff-archive.c - the manifest of a tar archive.
 *
 * Members come in any order, so all of them are kept in memory and sorted.  Of
 * several members with one name, the last one counts.
 */
#include "diff-side.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <lkl/linux/posix_acl_xattr.h>

#include "common/archive-library.h"
#include "common/attributes/acl.h"
#include "common/attributes/xattrs.h"
#include "common/cli/quote.h"
#include "common/copy/archive.h"
#include "common/copy/archive-path.h"
#include "common/copy/archive-stream.h"
#include "common/copy/job.h"
#include "common/digest.h"
#include "common/error.h"
#include "manifest.h"

struct member {
	struct manifest_entry entry;
	char *link;			/* the other name of a hard link */
	size_t order;
};

struct members {
	struct member *at;
	size_t n, size;
	struct xattrs xattrs, sorted;	/* of one member */
	bool has_xattrs;		/* one of them has some */
};

static void free_members(struct members *members)
{
	while (members->n) {
		members->n--;
		manifest_entry_free(&members->at[members->n].entry);
		free(members->at[members->n].link);
	}
	free(members->at);
	xattrs_free(&members->xattrs);
	xattrs_free(&members->sorted);
}

static struct member *new_member(struct members *members)
{
	size_t size = 2 * members->size + 256;
	struct member *at;

	if (members->n == members->size) {
		at = realloc(members->at, size * sizeof(*at));
		if (!at)
			return NULL;
		members->at = at;
		members->size = size;
	}
	at = &members->at[members->n];
	memset(at, 0, sizeof(*at));
	at->order = members->n++;
	return at;
}

/* "./etc//x/" to "etc/x", the root to "". */
static int clean_path(const char *name, char **ret_path)
{
	int ret = member_path(name, ret_path);
	size_t len;

	if (ret < 0)
		return ret;
	if (!strcmp(*ret_path, "."))
		**ret_path = '\0';
	len = strlen(*ret_path);
	while (len && (*ret_path)[len - 1] == '/')
		(*ret_path)[--len] = '\0';
	return 0;
}

/* Holes are zeroes: a digest has all bytes of the file. */
static void hash_zeroes(struct hasher *hasher, uint64_t len)
{
	static const char zeroes[65536];
	size_t n;

	for (; len; len -= n) {
		n = len < sizeof(zeroes) ? (size_t)len : sizeof(zeroes);
		hasher_update(hasher, zeroes, n);
	}
}

static int read_contents(struct archive *archive, struct manifest_entry *entry)
{
	struct hasher hasher;
	struct digest digest;
	const void *data;
	la_int64_t at;
	uint64_t done = 0;
	size_t len;
	int ret;

	hasher_begin(&hasher, DIGEST_SHA256);
	for (;;) {
		ret = libarchive.read_data_block(archive, &data, &len, &at);
		if (ret == ARCHIVE_EOF)
			break;
		if (ret < ARCHIVE_WARN)
			return -EIO;
		if (job_interrupted())
			return -EINTR;
		if (at < 0 || (uint64_t)at < done)
			return -EIO;
		hash_zeroes(&hasher, (uint64_t)at - done);
		hasher_update(&hasher, data, len);
		done = (uint64_t)at + len;
	}
	if (done < entry->size)
		hash_zeroes(&hasher, entry->size - done);
	hasher_finish(&hasher, &digest);
	memcpy(entry->digest, digest.bytes, sizeof(entry->digest));
	entry->has_digest = true;
	return 0;
}

static int compare_xattrs(const void *a, const void *b)
{
	return strcmp(((const struct xattr *)a)->name,
		      ((const struct xattr *)b)->name);
}

/*
 * Archives have attributes in any order, and GNU tar's have an ACL twice: as a text and
 * as an attribute.
 */
static int sort_xattrs(const struct xattrs *from, struct xattrs *to)
{
	struct xattr *list = NULL, *grown, xattr;
	size_t at = 0, n = 0, i;
	int ret = 0;

	xattrs_reset(to);
	while (xattrs_next(from, &at, &xattr)) {
		grown = realloc(list, (n + 1) * sizeof(*list));
		if (!grown) {
			free(list);
			return -ENOMEM;
		}
		list = grown;
		list[n++] = xattr;
	}
	if (n)
		qsort(list, n, sizeof(*list), compare_xattrs);
	for (i = 0; i < n && !ret; i++)
		if (!i || compare_xattrs(&list[i - 1], &list[i]))
			ret = xattrs_add(to, list[i].name, list[i].value,
					 list[i].len);
	free(list);
	return ret;
}

/*
 * With an ACL, the permissions of the group are its mask, as the kernel has it.
 * libarchive gives those of the owning group.
 */
static void apply_mask(struct manifest_entry *entry,
		       const struct xattrs *xattrs)
{
	struct lkl_posix_acl_xattr_entry acl;
	const char *value;
	struct xattr xattr;
	size_t at = 0, i;

	while (xattrs_next(xattrs, &at, &xattr)) {
		if (strcmp(xattr.name, XATTR_ACCESS))
			continue;
		value = xattr.value;
		for (i = sizeof(struct lkl_posix_acl_xattr_header);
		     i + sizeof(acl) <= xattr.len; i += sizeof(acl)) {
			memcpy(&acl, value + i, sizeof(acl));
			if (le16toh(acl.e_tag) != LKL_ACL_MASK)
				continue;
			entry->mode &= ~070u;
			entry->mode |= (le16toh(acl.e_perm) & 7u) << 3;
		}
	}
}

static int take_xattrs(struct members *members, struct archive_entry *from,
		       unsigned int what, struct manifest_entry *entry)
{
	int ret = member_xattrs(NULL, NULL, from, &members->xattrs);

	if (!ret)
		ret = sort_xattrs(&members->xattrs, &members->sorted);
	if (ret < 0)
		return ret;
	apply_mask(entry, &members->sorted);
	if (what & MANIFEST_XATTRS) {
		manifest_set_xattrs(entry, &members->sorted);
		members->has_xattrs |= members->sorted.len > 0;
	}
	return 0;
}

static int take_member(struct members *members, struct archive *archive,
		       struct archive_entry *from, unsigned int what)
{
	const char *name = libarchive.entry_pathname(from);
	const char *link = libarchive.entry_hardlink(from);
	const char *target = libarchive.entry_symlink(from);
	struct member *member = new_member(members);
	struct manifest_entry *entry;
	int ret;

	if (!member)
		return -ENOMEM;
	entry = &member->entry;
	ret = name ? clean_path(name, &entry->path) : -EINVAL;
	if (!ret && link)
		ret = clean_path(link, &member->link);
	if (ret < 0)
		return ret;
	entry->mode = (uint32_t)libarchive.entry_mode(from);
	entry->uid = (uint32_t)libarchive.entry_uid(from);
	entry->gid = (uint32_t)libarchive.entry_gid(from);
	entry->mtime = libarchive.entry_mtime(from);
	entry->mtime_nsec = (uint32_t)libarchive.entry_mtime_nsec(from);
	ret = take_xattrs(members, from, what, entry);
	if (ret < 0)
		return ret;
	if (S_ISLNK(entry->mode) && target) {
		entry->target = strdup(target);
		return entry->target ? 0 : -ENOMEM;
	}
	if (S_ISBLK(entry->mode) || S_ISCHR(entry->mode)) {
		entry->major = (uint32_t)libarchive.entry_rdevmajor(from);
		entry->minor = (uint32_t)libarchive.entry_rdevminor(from);
	}
	if (link || !S_ISREG(entry->mode))
		return 0;
	entry->size = (uint64_t)libarchive.entry_size(from);
	return what & MANIFEST_CONTENTS ? read_contents(archive, entry) : 0;
}

static int compare_members(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int ret = manifest_compare(x->entry.path, y->entry.path);

	return ret ? ret : (x->order > y->order) - (x->order < y->order);
}

/* The last one of the members of this name. */
static const struct member *find_member(const struct members *members,
					const char *path)
{
	size_t low = 0, high = members->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (manifest_compare(members->at[middle].entry.path, path) > 0)
			high = middle;
		else
			low = middle + 1;
	}
	if (!low || strcmp(members->at[low - 1].entry.path, path))
		return NULL;
	return &members->at[low - 1];
}

/* A hard link has the attributes of the file that it is a name of. */
static void write_member(const struct members *members,
			 const struct member *member, FILE *out)
{
	const struct member *file = member;
	struct manifest_entry entry;
	unsigned int i;

	for (i = 0; file && file->link && i < 40; i++)
		file = find_member(members, file->link);
	if (!file || file->link)
		file = member;
	entry = file->entry;
	entry.path = member->entry.path;
	/* It was made without them. */
	if (!members->has_xattrs)
		memset(entry.has_part, 0, sizeof(entry.has_part));
	manifest_write(out, &entry);
}

static void write_members(struct members *members, FILE *out)
{
	size_t i;

	if (members->n)
		qsort(members->at, members->n, sizeof(*members->at),
		      compare_members);
	for (i = 0; i < members->n; i++)
		if (i + 1 == members->n ||
		    strcmp(members->at[i].entry.path,
			   members->at[i + 1].entry.path))
			write_member(members, &members->at[i], out);
	manifest_end(out, 0);
}

static int read_members(const char *name, struct archive_file *file,
			struct archive_reader *reader, struct archive *archive,
			unsigned int what, struct members *members,
			struct lkl_error *err)
{
	struct archive_entry *entry;
	int ret;

	for (;;) {
		ret = libarchive.read_next_header(archive, &entry);
		if (ret == ARCHIVE_EOF)
			return archive_check_end(name, archive, reader, err);
		if (ret < ARCHIVE_WARN)
			return archive_file_error(file, name,
					archive_reason(reader, archive), err);
		ret = take_member(members, archive, entry, what);
		if (ret == -EIO)
			return archive_file_error(file, name,
					archive_reason(reader, archive), err);
		if (ret == -EINVAL)
			return error_set(err, ret,
					 "%s: a member's name leads out of the archive",
					 quote_name(name));
		if (ret < 0)
			return error_set(err, ret, "%s: %s", quote_name(name),
					 lkl_strerror(ret));
	}
}

int manifest_of_archive(const char *name, int fd, unsigned int what, FILE *out,
			struct lkl_error *err)
{
	struct archive_file file = { .fd = fd };
	struct archive_reader reader = {
		.read = archive_file_read, .skip = archive_file_skip,
		.opaque = &file,
	};
	struct members members = { 0 };
	struct archive *archive;
	int ret = archive_start(name, &reader, &archive, err);

	if (!ret) {
		ret = read_members(name, &file, &reader, archive, what,
				   &members, err);
		libarchive.read_free(archive);
	}
	if (!ret)
		write_members(&members, out);
	free_members(&members);
	archive_file_free(&file);
	return ret;
}

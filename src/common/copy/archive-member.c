// SPDX-License-Identifier: GPL-2.0-only
/*
 * archive-member.c - one member of an archive: its attributes and its data.
 *
 * libarchive hands out pieces of memory of its own, of any size.  Those of
 * small files are written as they are.  Those of large files are gathered in
 * the job's buffer for direct I/O: this copy stays in the processor's cache
 * and costs less than the one into the page cache of the image's kernel.  A
 * reproducible job gathers all, as the pieces of a pipe have the size that the
 * writer chose.
 */
#include "archive.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/attributes/acl.h"
#include "common/cli/progress.h"
#include "copy.h"
#include "writeback.h"

static struct lkl_statx_timestamp member_time(time_t sec, long nsec)
{
	return (struct lkl_statx_timestamp){
		.tv_sec = sec,
		.tv_nsec = nsec >= 0 && nsec < 1000000000 ? (uint32_t)nsec : 0,
	};
}

void member_stat(struct archive_entry *member, struct lkl_statx *ret_st)
{
	struct lkl_statx st = {
		.stx_mode = (uint16_t)libarchive.entry_mode(member),
		.stx_uid = (uint32_t)libarchive.entry_uid(member),
		.stx_gid = (uint32_t)libarchive.entry_gid(member),
		.stx_nlink = 1,
		.stx_rdev_major = (uint32_t)libarchive.entry_rdevmajor(member),
		.stx_rdev_minor = (uint32_t)libarchive.entry_rdevminor(member),
	};

	if (libarchive.entry_size_is_set(member) &&
	    libarchive.entry_size(member) > 0)
		st.stx_size = (uint64_t)libarchive.entry_size(member);
	st.stx_mtime = member_time(libarchive.entry_mtime(member),
				   libarchive.entry_mtime_nsec(member));
	st.stx_atime = !libarchive.entry_atime_is_set(member) ? st.stx_mtime :
		member_time(libarchive.entry_atime(member),
			    libarchive.entry_atime_nsec(member));
	*ret_st = st;
}

/* Returns 0 for a tag that POSIX does not have. */
static uint16_t acl_tag(int tag)
{
	switch (tag) {
	case ARCHIVE_ENTRY_ACL_USER_OBJ:
		return LKL_ACL_USER_OBJ;
	case ARCHIVE_ENTRY_ACL_USER:
		return LKL_ACL_USER;
	case ARCHIVE_ENTRY_ACL_GROUP_OBJ:
		return LKL_ACL_GROUP_OBJ;
	case ARCHIVE_ENTRY_ACL_GROUP:
		return LKL_ACL_GROUP;
	case ARCHIVE_ENTRY_ACL_MASK:
		return LKL_ACL_MASK;
	case ARCHIVE_ENTRY_ACL_OTHER:
		return LKL_ACL_OTHER;
	}
	return 0;
}

static uint16_t acl_perm(int perm)
{
	return (perm & ARCHIVE_ENTRY_ACL_READ ? LKL_ACL_READ : 0) |
		(perm & ARCHIVE_ENTRY_ACL_WRITE ? LKL_ACL_WRITE : 0) |
		(perm & ARCHIVE_ENTRY_ACL_EXECUTE ? LKL_ACL_EXECUTE : 0);
}

static bool acl_tag_has_id(int tag)
{
	return tag == ARCHIVE_ENTRY_ACL_USER || tag == ARCHIVE_ENTRY_ACL_GROUP;
}

/* One list: its entries, and how many of them have only names. */
struct member_acl {
	struct named_entry *entries;
	size_t n, named;
};

static void member_acl_free(struct member_acl *acl)
{
	while (acl->n)
		free(acl->entries[--acl->n].name);
	free(acl->entries);
}

/* *@ret_acl is to be freed in any case.  -ENOMEM. */
static int member_acl_read(struct archive_entry *member, int type,
			   struct member_acl *ret_acl)
{
	const int n = libarchive.entry_acl_reset(member, type);
	struct named_entry *entry;
	int got, perm, tag, id;
	const char *name;

	*ret_acl = (struct member_acl){ 0 };
	/* An ACL of three entries says no more than the mode does. */
	if (n <= (type == ARCHIVE_ENTRY_ACL_TYPE_ACCESS ? 3 : 0))
		return 0;
	ret_acl->entries = calloc((size_t)n, sizeof(*ret_acl->entries));
	if (!ret_acl->entries)
		return -ENOMEM;
	while (ret_acl->n < (size_t)n &&
	       libarchive.entry_acl_next(member, type, &got, &perm, &tag, &id,
					 &name) == ARCHIVE_OK) {
		if (!acl_tag(tag))
			continue;
		entry = &ret_acl->entries[ret_acl->n++];
		entry->entry = (struct acl_entry){
			.tag = acl_tag(tag),
			.perm = acl_perm(perm),
			.id = acl_tag_has_id(tag) ? (uint32_t)id :
				(uint32_t)LKL_ACL_UNDEFINED_ID,
		};
		/* GNU tar writes names alone. */
		if (!acl_tag_has_id(tag) || id != -1)
			continue;
		entry->name = strdup(name ? name : "");
		if (!entry->name)
			return -ENOMEM;
		ret_acl->named++;
	}
	return 0;
}

/* The entries that have numbers; the others may follow at the end. */
static int member_acl_add(const struct member_acl *acl, const char *attribute,
			  struct xattrs *xattrs)
{
	struct acl_entry *entries = calloc(acl->n, sizeof(*entries));
	size_t i, n = 0, len;
	void *value;
	int ret;

	if (!entries)
		return -ENOMEM;
	for (i = 0; i < acl->n; i++)
		if (!acl->entries[i].name)
			entries[n++] = acl->entries[i].entry;
	ret = acl_to_attribute(entries, n, &value, &len);
	free(entries);
	if (ret < 0)
		return ret;
	ret = xattrs_add(xattrs, attribute, value, len);
	free(value);
	return ret;
}

/* There are too many lists with names to wait for their numbers. */
static int report_names(const struct member_acl *acl, struct job *job)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < acl->n && !ret; i++)
		if (acl->entries[i].name)
			ret = named_acls_report(job, &acl->entries[i]);
	return ret;
}

static int member_add_acl(struct job *job, struct named_acls *acls,
			  struct archive_entry *member, int type,
			  const char *attribute, struct xattrs *xattrs)
{
	struct member_acl acl;
	int ret = member_acl_read(member, type, &acl);

	if (!ret && acl.n)
		ret = member_acl_add(&acl, attribute, xattrs);
	if (!ret && acl.named && acls) {
		ret = named_acls_add(acls, attribute, acl.entries, acl.n);
		if (ret == -E2BIG)
			ret = report_names(&acl, job);
	}
	member_acl_free(&acl);
	return ret;
}

/* GNU tar escapes the equals sign, which would end the key, and the percent. */
static char *decode_xattr_name(const char *name)
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

int member_xattrs(struct job *job, struct named_acls *acls,
		  struct archive_entry *member, struct xattrs *xattrs)
{
	const char *name;
	const void *value;
	char *decoded;
	size_t size;
	int ret = 0;

	xattrs_reset(xattrs);
	libarchive.entry_xattr_reset(member);
	while (!ret && libarchive.entry_xattr_next(member, &name, &value,
						   &size) == ARCHIVE_OK)
		if (name && *name) {
			decoded = decode_xattr_name(name);
			ret = !decoded ? -ENOMEM :
				xattrs_add(xattrs, decoded, value, size);
			free(decoded);
		}
	if (!ret)
		ret = member_add_acl(job, acls, member,
				     ARCHIVE_ENTRY_ACL_TYPE_ACCESS,
				     XATTR_ACCESS, xattrs);
	if (!ret)
		ret = member_add_acl(job, acls, member,
				     ARCHIVE_ENTRY_ACL_TYPE_DEFAULT,
				     XATTR_DEFAULT, xattrs);
	return ret;
}

bool member_is_excluded(const struct filter *filter, char *path)
{
	bool excluded = false;
	char *slash;

	if (!filter->exclude.n)
		return false;
	for (slash = strchr(path, '/'); slash && !excluded;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		excluded = filter_excludes(filter, path);
		*slash = '/';
	}
	return excluded || filter_excludes(filter, path);
}

struct unpacking {
	struct job *job;
	int to;
	bool skip_zeroes;
	uint64_t end;			/* of the data written so far */

	bool gathers;
	uint64_t start;			/* offset of job->buffer in the file */
	size_t gathered;		/* bytes in job->buffer */
};

/* 0, or -errno of the target. */
static int unpack_write(struct unpacking *unpacking, const char *data, size_t len,
			uint64_t offset)
{
	struct job *job = unpacking->job;
	int ret = file_write(job, unpacking->to, data, len, offset,
			     unpacking->skip_zeroes);

	if (ret < 0)
		return ret;
	unpacking->end = offset + len;
	job->bytes += len;
	progress_update(job->bytes, job->files);
	writeback_note(job->writeback, job->bytes);
	return 0;
}

static int unpack_gathered(struct unpacking *unpacking)
{
	size_t len = unpacking->gathered;

	unpacking->gathered = 0;
	return !len ? 0 : unpack_write(unpacking, unpacking->job->buffer, len,
				       unpacking->start);
}

/* Writes the buffer when it is full, and before a hole. */
static int unpack_gather(struct unpacking *unpacking, const char *data,
			 size_t len, uint64_t offset)
{
	size_t n;
	int ret;

	if (offset != unpacking->start + unpacking->gathered) {
		ret = unpack_gathered(unpacking);
		if (ret < 0)
			return ret;
	}
	while (len) {
		if (!unpacking->gathered)
			unpacking->start = offset;
		n = JOB_BUFFER - unpacking->gathered;
		if (n > len)
			n = len;
		memcpy(unpacking->job->buffer + unpacking->gathered, data, n);
		unpacking->gathered += n;
		data += n;
		len -= n;
		offset += n;
		if (unpacking->gathered == JOB_BUFFER) {
			ret = unpack_gathered(unpacking);
			if (ret < 0)
				return ret;
		}
	}
	return 0;
}

static int unpack_target_error(struct job *job, int code, const char *what)
{
	int ret = job_target_error(job, code, what);

	return ret ? ret : DATA_INCOMPLETE;
}

int member_data(struct job *job, struct archive *archive, int to,
		const struct lkl_statx *st)
{
	struct unpacking unpacking = {
		.job = job, .to = to,
		.skip_zeroes = job->settings->holes == HOLES_ALWAYS,
		.gathers = file_use_direct_io(job, to, st->stx_size) ||
			job->settings->reproducible,
	};
	const void *data;
	la_int64_t offset;
	size_t len;
	int ret, status;

	for (;;) {
		if (job_interrupted())
			return -EINTR;
		status = libarchive.read_data_block(archive, &data, &len,
						    &offset);
		if (status == ARCHIVE_EOF)
			break;
		if (status == ARCHIVE_RETRY)
			continue;
		if (status < ARCHIVE_WARN || offset < 0) {
			if (job_interrupted())
				return -EINTR;
			ret = job_source_error(job, -EIO,
					"the archive ends or is damaged in it");
			return ret ? ret : DATA_INCOMPLETE;
		}
		ret = unpacking.gathers ?
			unpack_gather(&unpacking, data, len, (uint64_t)offset) :
			unpack_write(&unpacking, data, len, (uint64_t)offset);
		if (ret < 0)
			return unpack_target_error(job, ret, "cannot write");
	}
	ret = unpack_gathered(&unpacking);
	if (ret < 0)
		return unpack_target_error(job, ret, "cannot write");
	if (unpacking.end < st->stx_size || unpacking.skip_zeroes) {
		ret = job->to->truncate(to, st->stx_size);
		if (ret < 0)
			return unpack_target_error(job, ret,
						   "cannot set its size");
	}
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * member.c - writes one file of the image as a member of the archive.
 *
 * Large files use direct I/O: the kernel reads them straight into the buffer
 * that is written out.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE		/* stpcpy */
#endif
#include "member.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <lkl.h>

#include "common/attributes/acl.h"
#include "common/cli/progress.h"
#include "common/cli/quote.h"
#include "common/cli/report.h"
#include "common/tree/damaged-file.h"
#include "common/tree/device.h"
#include "common/tree/direct.h"

/* Longer than any link that the kernel resolves. */
#define TARGET_MAX	8192
#define READ_MAX	(256u << 10)

bool member_has_links(const struct lkl_statx *st)
{
	return st->stx_nlink > 1 && !S_ISDIR(st->stx_mode);
}

static void member_set_times(struct pax_member *member,
			     const struct settings *settings,
			     const struct lkl_statx *st)
{
	member->mtime = timestamp_make(st->stx_mtime.tv_sec,
				       st->stx_mtime.tv_nsec);
	if (!settings->mtime.set) {
		member->atime = timestamp_make(st->stx_atime.tv_sec,
					       st->stx_atime.tv_nsec);
		member->ctime = timestamp_make(st->stx_ctime.tv_sec,
					       st->stx_ctime.tv_nsec);
		member->has_atime_ctime = true;
		return;
	}
	/* With --mtime, an archive holds no other times. */
	member->mtime = mtime_of(&settings->mtime, member->mtime);
}

static void member_set_owner(const struct owner *owner, bool numeric,
			     uint64_t *id, const char **name)
{
	if (owner->has_id)
		*id = owner->id;
	if (owner->name && !numeric)
		*name = owner->name;
}

static struct pax_member member_from_stat(const struct job *job, char type,
					  const struct lkl_statx *st)
{
	const struct settings *settings = job->settings;
	struct pax_member member = {
		.type = type,
		.path = job->path.text,
		.mode = st->stx_mode & 07777,
		.uid = st->stx_uid,
		.gid = st->stx_gid,
		.user = "",
		.group = "",
	};

	member_set_times(&member, settings, st);
	member_set_owner(&settings->owner, settings->numeric_owner, &member.uid,
			 &member.user);
	member_set_owner(&settings->group, settings->numeric_owner, &member.gid,
			 &member.group);
	return member;
}

/* Counts a member, lists its name and updates the progress line. */
static void member_show_written(struct job *job, const struct pax_member *member)
{
	job->files++;
	if (job->list)
		fprintf(job->list, "%s\n", quote_name(member->path));
	progress_update(job->bytes, job->files);
}

#define XATTR_KEY "SCHILY.xattr."

/* A name as the key of a record; GNU tar escapes the equals sign like this. */
static void make_xattr_key(char *key, const char *name)
{
	key = stpcpy(key, XATTR_KEY);
	for (; *name; name++) {
		if (*name == '=' || *name == '%')
			key = stpcpy(key, *name == '=' ? "%3D" : "%25");
		else
			*key++ = *name;
	}
	*key = '\0';
}

static int add_acl_record(struct records *records, const char *key,
			  const struct xattr *xattr)
{
	char *text;
	int ret;

	ret = acl_to_text(xattr->value, xattr->len, &text);
	if (ret < 0)
		return ret;
	ret = records_add_string(records, key, text);
	free(text);
	return ret;
}

static int add_xattr_record(struct records *records, const struct xattr *xattr)
{
	char key[sizeof(XATTR_KEY) + 3 * XATTR_NAME_LEN_MAX];

	if (!strcmp(xattr->name, XATTR_ACCESS))
		return add_acl_record(records, "SCHILY.acl.access", xattr);
	if (!strcmp(xattr->name, XATTR_DEFAULT))
		return add_acl_record(records, "SCHILY.acl.default", xattr);
	make_xattr_key(key, xattr->name);
	return records_add(records, key, xattr->value, xattr->len);
}

/*
 * Adds records for all attributes that the kernel lists: it lists trusted
 * ones and capabilities, too, because the process is root in there.  Returns
 * the first error.
 */
static int add_xattr_records(struct job *job, const char *name)
{
	const struct file_ref file = {
		.fd = -1, .dir = LKL_AT_FDCWD, .name = name,
	};
	struct xattr xattr;
	int first, ret;
	size_t at = 0;

	first = xattrs_read(&job->xattrs, &image_calls, &file);
	while (xattrs_next(&job->xattrs, &at, &xattr)) {
		ret = add_xattr_record(&job->records, &xattr);
		if (ret < 0 && !first)
			first = ret;
	}
	return first;
}

static int write_header(struct job *job, const char *name,
			const struct pax_member *member)
{
	int ret;

	records_reset(&job->records);
	ret = add_xattr_records(job, name);
	if (ret < 0)
		ret = job_file_error(job, ret,
				     "cannot read extended attributes");
	if (!ret)
		ret = pax_put_header(&job->records, job->stream, member);
	return ret;
}

static int write_directory(struct job *job, const char *name,
			   const struct lkl_statx *st)
{
	struct pax_member member = member_from_stat(job, PAX_DIRECTORY, st);
	int ret;

	/* In an archive, a directory's name ends in a slash. */
	if (job->slash_path.text)
		path_cut(&job->slash_path, 0);
	ret = path_push(&job->slash_path, job->path.text);
	if (!ret)
		ret = path_push(&job->slash_path, "");
	if (ret < 0)
		return ret;
	member.path = job->slash_path.text;
	ret = write_header(job, name, &member);
	if (!ret)
		member_show_written(job, &member);
	return ret;
}

static int write_symlink(struct job *job, const char *name,
			 const struct lkl_statx *st)
{
	struct pax_member member = member_from_stat(job, PAX_SYMLINK, st);
	char target[TARGET_MAX];
	long len;
	int ret;

	len = lkl_sys_readlinkat(LKL_AT_FDCWD, name, target, sizeof(target));
	if (len == 0)
		len = -ENOENT;		/* the target is empty */
	if (len == sizeof(target))
		len = -ENAMETOOLONG;
	if (len < 0)
		return job_file_error(job, (int)len,
				      "cannot read symbolic link");
	target[len] = '\0';
	member.target = target;
	ret = write_header(job, name, &member);
	if (!ret)
		member_show_written(job, &member);
	return ret;
}

static int write_special(struct job *job, char type, const char *name,
			 const struct lkl_statx *st)
{
	struct pax_member member = member_from_stat(job, type, st);
	int ret;

	if (type != PAX_FIFO) {
		member.major = st->stx_rdev_major;
		member.minor = st->stx_rdev_minor;
	}
	ret = write_header(job, name, &member);
	if (!ret)
		member_show_written(job, &member);
	return ret;
}

/* Fills some of @room, with zeroes where nothing can be read; or -errno. */
static long read_data(struct damaged_file *file, void *room, size_t len,
		      uint64_t offset, bool *ended)
{
	long n;

	if (!*ended && !damaged_file_is_hopeless(file)) {
		do {
			n = damaged_file_read(file, room, len, offset);
		} while (n == -EINTR);
		if (n)
			return n;
		*ended = true;
	}
	memset(room, 0, len);
	damaged_file_lose(file, len, offset, *ended ? 0 : file->code);
	return (long)len;
}

/* @ended: nothing more can be read, the size in the inode is wrong */
static int copy_range(struct job *job, struct damaged_file *file, bool *ended,
		      uint64_t offset, uint64_t len)
{
	size_t room_size;
	void *room;
	long n;

	while (len) {
		room = stream_reserve(job->stream,
				      len < READ_MAX ? len : READ_MAX,
				      &room_size);
		if (!room)
			return -EIO;
		n = read_data(file, room, room_size, offset, ended);
		if (n < 0)
			return (int)n;
		stream_commit(job->stream, (size_t)n);
		offset += (uint64_t)n;
		len -= (uint64_t)n;
		job->bytes += (uint64_t)n;
		progress_update(job->bytes, job->files);
	}
	return 0;
}

/*
 * Writes the data of an open file, and padding.
 * @map: its extents; NULL for all of it
 *
 * The header has promised a size.  So bytes that cannot be read become
 * zeroes, and an error of the file.
 */
static int copy_data(struct job *job, int fd, uint64_t size,
		     const struct sparse_map *map)
{
	struct damaged_file file = { .calls = &image_calls, .fd = fd };
	char text[DAMAGED_FILE_TEXT];
	uint64_t total = size;
	bool ended = false;
	int ret = 0;
	size_t i;

	if (size >= DIRECT_MIN && stream_align(job->stream))
		direct_begin(fd);
	if (map) {
		total = map->data;
		for (i = 0; i < map->n && !ret; i++)
			ret = copy_range(job, &file, &ended,
					 map->extents[i].offset,
					 map->extents[i].len);
	} else {
		ret = copy_range(job, &file, &ended, 0, size);
	}
	if (!ret)
		ret = stream_put_zeroes(job->stream, pax_padding(total));
	if (ret || !damaged_file_describe(&file, text))
		return ret;
	return job_file_error(job, file.code ? file.code : -ENODATA, text);
}

/* They would take hours, and are no use as zeroes. */
#define PLAIN_HOLES_MAX	(1ull << 40)

static int write_contents(struct job *job, int fd, const char *name,
			  struct pax_member *member, const struct lkl_statx *st)
{
	int ret;

	member->size = st->stx_size;
	job_note_filesystem(job, fd, st);
	ret = sparse_find(&job->map, fd, st, job->capacity, job->magic);
	if (ret < 0)
		return job_file_error(job, ret, ret == -EFBIG ?
				      "its size cannot be true" :
				      "cannot find its holes");
	if (ret > 0 && !job->settings->plain_files)
		member->map = &job->map;
	else if (ret > 0 && member->size - job->map.data > PLAIN_HOLES_MAX)
		return job_file_error(job, -EFBIG,
				      "has holes of more than 1 TiB");
	ret = write_header(job, name, member);
	if (!ret)
		ret = copy_data(job, fd, member->size, member->map);
	if (!ret)
		member_show_written(job, member);
	return ret;
}

static int write_file(struct job *job, const char *name,
		      const struct lkl_statx *st)
{
	struct pax_member member = member_from_stat(job, PAX_FILE, st);
	int fd, ret;

	if (!st->stx_size) {
		ret = write_header(job, name, &member);
		if (!ret)
			member_show_written(job, &member);
		return ret;
	}
	fd = (int)lkl_sys_openat(LKL_AT_FDCWD, name, LKL_O_RDONLY |
				 LKL_O_NOFOLLOW | LKL_O_NONBLOCK |
				 LKL_O_NOATIME | LKL_O_CLOEXEC, 0);
	if (fd < 0)
		return job_file_error(job, fd, "cannot open");
	ret = write_contents(job, fd, name, &member, st);
	lkl_sys_close((unsigned int)fd);
	return ret;
}

/* Returns 1 if the file is in the archive already and is linked to that. */
static int write_link(struct job *job, const struct lkl_statx *st)
{
	struct pax_member member;
	char *target;
	int ret;

	ret = links_find(&job->links, device_of(st), st->stx_ino, &target);
	if (ret <= 0)
		return ret;
	member = member_from_stat(job, PAX_HARD_LINK, st);
	member.target = target;
	/* The first name's member has the other attributes. */
	member.has_atime_ctime = false;
	member.mtime.nsec = 0;
	records_reset(&job->records);
	ret = pax_put_header(&job->records, job->stream, &member);
	if (!ret)
		member_show_written(job, &member);
	free(target);
	return ret < 0 ? ret : 1;
}

static int write_by_type(struct job *job, const char *name,
			 const struct lkl_statx *st)
{
	switch (st->stx_mode & S_IFMT) {
	case S_IFREG:
		return write_file(job, name, st);
	case S_IFDIR:
		return write_directory(job, name, st);
	case S_IFLNK:
		return write_symlink(job, name, st);
	case S_IFCHR:
		return write_special(job, PAX_CHAR, name, st);
	case S_IFBLK:
		return write_special(job, PAX_BLOCK_DEV, name, st);
	case S_IFIFO:
		return write_special(job, PAX_FIFO, name, st);
	}
	return job_file_error(job, -EINVAL, "unknown file type");
}

int member_write(struct job *job, const char *name, const struct lkl_statx *st,
		 struct dirname *dirname)
{
	uint64_t before = job->files;
	int ret;

	/* tar has no type for sockets. */
	if (S_ISSOCK(st->stx_mode)) {
		report_warning("%s: socket ignored", quote_name(job->path.text));
		return 0;
	}
	if (!member_has_links(st))
		return write_by_type(job, name, st);

	ret = write_link(job, st);
	if (ret)
		return ret < 0 ? ret : 0;
	ret = write_by_type(job, name, st);
	if (!ret && job->files > before)
		ret = links_add(&job->links, device_of(st), st->stx_ino,
				st->stx_nlink, dirname, name);
	return ret;
}

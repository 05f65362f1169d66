// SPDX-License-Identifier: GPL-2.0-only
/*
 * member.c - one file of the image becomes one member of the archive.
 */
#include "member.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <lkl.h>

#include "common/tree/device.h"
#include "common/cli/progress.h"
#include "common/cli/quote.h"
#include "common/cli/report.h"
#include "data.h"
#include "holes.h"

/* More than the kernel resolves. */
#define TARGET_MAX	8192

bool member_has_links(const struct lkl_statx *st)
{
	return st->stx_nlink > 1 && !S_ISDIR(st->stx_mode);
}

static void set_times(struct pax_member *member,
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
	/* One time was asked for: the others would spoil it. */
	member->mtime = mtime_of(&settings->mtime, member->mtime);
}

static void set_owner(const struct owner *owner, bool numeric, uint64_t *id,
		      const char **name)
{
	if (owner->has_id)
		*id = owner->id;
	if (owner->name && !numeric)
		*name = owner->name;
}

static struct pax_member make_member(const struct job *job, char type,
				     const struct lkl_statx *st)
{
	const struct settings *settings = job->settings;
	struct pax_member member = {
		.type = type,
		.path = job->path,
		.mode = st->stx_mode & 07777,
		.uid = st->stx_uid,
		.gid = st->stx_gid,
		.user = "",
		.group = "",
	};

	set_times(&member, settings, st);
	set_owner(&settings->owner, settings->numeric_owner, &member.uid,
		  &member.user);
	set_owner(&settings->group, settings->numeric_owner, &member.gid,
		  &member.group);
	return member;
}

/* Count it and show its name; its header is written. */
static void done(struct job *job, const struct pax_member *member)
{
	job->files++;
	if (job->list)
		fprintf(job->list, "%s\n", quote_name(member->path));
	progress_update(job->bytes, job->files);
}

static int put_header(struct job *job, const char *name,
		      const struct pax_member *member)
{
	int ret;

	records_reset(&job->records);
	ret = attributes_add(&job->attributes, name, &job->records);
	if (ret < 0)
		ret = job_file_error(job, ret,
				     "cannot read extended attributes");
	if (!ret)
		ret = pax_put_header(&job->records, job->stream, member);
	return ret;
}

static int put_directory(struct job *job, const char *name,
			 const struct lkl_statx *st)
{
	struct pax_member member = make_member(job, PAX_DIRECTORY, st);
	char *path;
	int ret;

	if (job->directory_size < job->path_len + 2) {
		path = realloc(job->directory_path, 2 * job->path_len + 2);
		if (!path)
			return -ENOMEM;
		job->directory_path = path;
		job->directory_size = 2 * job->path_len + 2;
	}
	memcpy(job->directory_path, job->path, job->path_len);
	memcpy(job->directory_path + job->path_len, "/", 2);
	member.path = job->directory_path;
	ret = put_header(job, name, &member);
	if (!ret)
		done(job, &member);
	return ret;
}

static int put_symlink(struct job *job, const char *name,
		       const struct lkl_statx *st)
{
	struct pax_member member = make_member(job, PAX_SYMLINK, st);
	char target[TARGET_MAX];
	long len;
	int ret;

	len = lkl_sys_readlinkat(LKL_AT_FDCWD, name, target, sizeof(target));
	if (len == 0)
		len = -ENOENT;		/* an empty one leads nowhere */
	if (len == sizeof(target))
		len = -ENAMETOOLONG;
	if (len < 0)
		return job_file_error(job, (int)len,
				      "cannot read symbolic link");
	target[len] = '\0';
	member.target = target;
	ret = put_header(job, name, &member);
	if (!ret)
		done(job, &member);
	return ret;
}

static int put_special(struct job *job, char type, const char *name,
		       const struct lkl_statx *st)
{
	struct pax_member member = make_member(job, type, st);
	int ret;

	if (type != PAX_FIFO) {
		member.major = st->stx_rdev_major;
		member.minor = st->stx_rdev_minor;
	}
	ret = put_header(job, name, &member);
	if (!ret)
		done(job, &member);
	return ret;
}

static int put_contents(struct job *job, int fd, const char *name,
			struct pax_member *member, const struct lkl_statx *st)
{
	int ret;

	member->size = st->stx_size;
	ret = holes_find(job, fd, st);
	if (ret < 0)
		return job_file_error(job, ret, ret == -EFBIG ?
				      "its size cannot be true" :
				      "cannot find its holes");
	if (ret > 0)
		member->map = &job->map;
	ret = put_header(job, name, member);
	if (!ret)
		ret = data_copy(job, fd, member->size, member->map);
	if (!ret)
		done(job, member);
	return ret;
}

static int put_file(struct job *job, const char *name,
		    const struct lkl_statx *st)
{
	struct pax_member member = make_member(job, PAX_FILE, st);
	int fd, ret;

	if (!st->stx_size) {
		ret = put_header(job, name, &member);
		if (!ret)
			done(job, &member);
		return ret;
	}
	fd = (int)lkl_sys_openat(LKL_AT_FDCWD, name, LKL_O_RDONLY |
				 LKL_O_NOFOLLOW | LKL_O_NONBLOCK |
				 LKL_O_NOATIME | LKL_O_CLOEXEC, 0);
	if (fd < 0)
		return job_file_error(job, fd, "cannot open");
	ret = put_contents(job, fd, name, &member, st);
	lkl_sys_close((unsigned int)fd);
	return ret;
}

/* 1 if the file is in the archive under another name and now is linked. */
static int put_link(struct job *job, const struct lkl_statx *st)
{
	struct pax_member member;
	char *target;
	int ret;

	ret = links_find(&job->links, device_of(st), st->stx_ino, &target);
	if (ret <= 0)
		return ret;
	member = make_member(job, PAX_HARD_LINK, st);
	member.target = target;
	/* All else was said where the file is. */
	member.has_atime_ctime = false;
	member.mtime.nsec = 0;
	records_reset(&job->records);
	ret = pax_put_header(&job->records, job->stream, &member);
	if (!ret)
		done(job, &member);
	free(target);
	return ret < 0 ? ret : 1;
}

static int put_by_type(struct job *job, const char *name,
		       const struct lkl_statx *st)
{
	switch (st->stx_mode & S_IFMT) {
	case S_IFREG:
		return put_file(job, name, st);
	case S_IFDIR:
		return put_directory(job, name, st);
	case S_IFLNK:
		return put_symlink(job, name, st);
	case S_IFCHR:
		return put_special(job, PAX_CHAR, name, st);
	case S_IFBLK:
		return put_special(job, PAX_BLOCK_DEV, name, st);
	case S_IFIFO:
		return put_special(job, PAX_FIFO, name, st);
	}
	return job_file_error(job, -EINVAL, "unknown file type");
}

int member_put(struct job *job, const char *name, const struct lkl_statx *st,
	       struct dirname *dirname)
{
	uint64_t before = job->files;
	int ret;

	/* tar has no type for sockets, and nothing is in them. */
	if (S_ISSOCK(st->stx_mode)) {
		report_warning("%s: socket ignored", quote_name(job->path));
		return 0;
	}
	if (!member_has_links(st))
		return put_by_type(job, name, st);

	ret = put_link(job, st);
	if (ret)
		return ret < 0 ? ret : 0;
	ret = put_by_type(job, name, st);
	if (!ret && job->files > before)
		ret = links_add(&job->links, device_of(st), st->stx_ino,
				st->stx_nlink, dirname, name);
	return ret;
}

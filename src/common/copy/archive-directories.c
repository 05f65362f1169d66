// SPDX-License-Identifier: GPL-2.0-only
/*
 * archive-directories.c - the directories that members of an archive go into.
 *
 * Members that follow each other are often in the same directory, so the last
 * one stays open.  The attributes of directories are set at the end.  There
 * may be a million of those, so only the attributes that are set are kept.
 */
#include "archive.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/tree/device.h"
#include "create.h"

struct deferred_directory {
	struct deferred_directory *next;	/* the one added before */
	uint64_t device, inode;		/* a later member may replace it */
	struct lkl_statx_timestamp atime, mtime;
	uint32_t uid, gid;
	uint16_t mode;
	bool existing;
	bool clamp_only;		/* call attributes_clamp_times() */
	char *xattrs;			/* like xattrs.records */
	size_t xattrs_len;
	char path[];
};

int parents_open_directory(const struct job *job, const char *path)
{
	const int flags = LKL_O_RDONLY | LKL_O_DIRECTORY | LKL_O_CLOEXEC;
	int fd;

	if (!*path)
		return job->to_base;
	fd = job->to->open_path(job->to_base, path, flags,
				LKL_RESOLVE_IN_ROOT |
				LKL_RESOLVE_NO_MAGICLINKS);
	/* Too long for one call; the pieces cannot follow links. */
	if (fd == -ENAMETOOLONG)
		fd = open_beneath(job->to, job->to_base, path, flags);
	return fd;
}

void parents_close(const struct job *job, int fd)
{
	if (fd >= 0 && fd != job->to_base)
		job->to->directory.close(fd);
}

/* Returns the parent's path, to be freed; "" for the destination. */
static char *split_path(const char *path, const char **ret_name)
{
	const char *slash = strrchr(path, '/');

	*ret_name = slash ? slash + 1 : path;
	return strndup(path, slash ? (size_t)(slash - path) : 0);
}

int parents_open_parent(const struct job *job, const char *path,
			const char **ret_name)
{
	char *parent = split_path(path, ret_name);
	int fd = parent ? parents_open_directory(job, parent) : -ENOMEM;

	free(parent);
	return fd;
}

static struct deferred_directory *
deferred_new(struct deferred_directory **deferred, const char *path,
	     const struct lkl_statx *made)
{
	size_t size = strlen(path) + 1;
	struct deferred_directory *new = calloc(1, sizeof(*new) + size);

	if (!new)
		return NULL;
	memcpy(new->path, path, size);
	new->device = device_of(made);
	new->inode = made->stx_ino;
	new->next = *deferred;
	*deferred = new;
	return new;
}

int deferred_add(struct deferred_directory **deferred, struct job *job,
		 const char *path, const struct lkl_statx *made,
		 const struct lkl_statx *st, bool existing)
{
	struct deferred_directory *new = deferred_new(deferred, path, made);

	if (!new)
		return -ENOMEM;
	new->atime = st->stx_atime;
	new->mtime = st->stx_mtime;
	new->uid = st->stx_uid;
	new->gid = st->stx_gid;
	new->mode = st->stx_mode;
	new->existing = existing;
	/* Take the records; the next member starts with none. */
	if (job->xattrs.len) {
		new->xattrs = job->xattrs.records;
		new->xattrs_len = job->xattrs.len;
		job->xattrs.records = NULL;
		job->xattrs.len = job->xattrs.size = 0;
	}
	return 0;
}

int deferred_add_clamp(struct deferred_directory **deferred, const char *path,
		       const struct lkl_statx *made)
{
	struct deferred_directory *new = deferred_new(deferred, path, made);

	if (!new)
		return -ENOMEM;
	new->clamp_only = true;
	return 0;
}

/* A file is about to be made in the directory @fd. */
static int parents_note_change(struct parents *parents, int fd, const char *path)
{
	const struct job *job = parents->job;
	struct lkl_statx st;
	int ret;

	if (!attributes_clamps_directories(job))
		return 0;
	ret = job->to->statx(fd, "", 0, &st);
	if (ret < 0)
		return ret;
	if (visited_has(&parents->clamped, device_of(&st), st.stx_ino))
		return 0;
	visited_enter(&parents->clamped, device_of(&st), st.stx_ino, false);
	return deferred_add_clamp(parents->deferred, path, &st);
}

/* Makes the last directory of @path, in @at, and opens it. */
static int parents_make_one(struct parents *parents, int at, char *path)
{
	const struct job *job = parents->job;
	char *slash = strrchr(path, '/');
	int ret;

	if (slash)
		*slash = '\0';
	ret = parents_note_change(parents, at, slash ? path : "");
	if (slash)
		*slash = '/';
	if (!ret)
		ret = job->to->mkdir(at, slash ? slash + 1 : path, 0755);
	return ret < 0 ? ret : parents_open_directory(job, path);
}

static int parents_make_all(struct parents *parents, char *path)
{
	const struct job *job = parents->job;
	int at = job->to_base, fd;
	char *slash = path;

	while (slash) {
		slash = strchr(slash, '/');
		if (slash)
			*slash = '\0';
		fd = parents_open_directory(job, path);
		if (fd == -ENOENT)
			fd = parents_make_one(parents, at, path);
		if (slash)
			*slash++ = '/';
		parents_close(job, at);
		if (fd < 0)
			return fd;
		at = fd;
	}
	return at;
}

int parents_open_for_member(struct parents *parents, const char *path,
			    const char **ret_name)
{
	char *parent = split_path(path, ret_name);
	int fd, ret;

	if (!parent)
		return -ENOMEM;
	if (parents->path && !strcmp(parents->path, parent)) {
		free(parent);
		return parents->fd;
	}
	parents_forget(parents);
	fd = parents_open_directory(parents->job, parent);
	if (fd == -ENOENT)
		fd = parents_make_all(parents, parent);
	ret = fd < 0 ? fd : parents_note_change(parents, fd, parent);
	if (ret < 0) {
		parents_close(parents->job, fd);
		free(parent);
		return ret;
	}
	parents->path = parent;
	parents->fd = fd;
	return fd;
}

void parents_forget(struct parents *parents)
{
	if (parents->path)
		parents_close(parents->job, parents->fd);
	free(parents->path);
	parents->path = NULL;
}

void parents_free(struct parents *parents)
{
	parents_forget(parents);
	visited_free(&parents->clamped);
}

/* Whether @fd, or the error of opening it, shows something else. */
static bool deferred_is_replaced(const struct deferred_directory *deferred,
				 const struct job *job, int fd)
{
	struct lkl_statx st;

	if (fd < 0)
		return fd == -ENOTDIR || fd == -ENOENT || fd == -ELOOP;
	return !job->to->statx(fd, "", 0, &st) &&
		(device_of(&st) != deferred->device ||
		 st.stx_ino != deferred->inode);
}

/* Replaces job->xattrs.records, without freeing them. */
static int deferred_apply(const struct deferred_directory *deferred,
			  struct job *job)
{
	const struct lkl_statx st = {
		.stx_atime = deferred->atime,
		.stx_mtime = deferred->mtime,
		.stx_uid = deferred->uid,
		.stx_gid = deferred->gid,
		.stx_mode = deferred->mode,
		.stx_nlink = 1,
	};
	const struct target_entry entry = { .name = deferred->path };
	struct file_ref file;
	int ret;

	path_cut(&job->target, job->base_len);
	ret = path_push(&job->target, deferred->path);
	if (ret < 0)
		return ret;
	file = (struct file_ref){
		.fd = parents_open_directory(job, deferred->path),
	};
	if (job->settings->replace &&
	    deferred_is_replaced(deferred, job, file.fd)) {
		parents_close(job, file.fd);
		return 0;
	}
	if (file.fd < 0)
		return job_target_error(job, file.fd,
					"cannot open directory again");
	job->xattrs.records = deferred->xattrs;
	job->xattrs.len = deferred->xattrs_len;
	ret = deferred->clamp_only ? attributes_clamp_times(job, &file) :
		attributes_apply(job, &file, &st, &entry, deferred->existing);
	parents_close(job, file.fd);
	return ret;
}

/*
 * In reverse order, so that a change in one does not alter another's times.  A
 * directory that has several members gets the attributes of the last one.
 */
int deferred_finish(struct deferred_directory **deferred, struct job *job)
{
	struct xattrs own = job->xattrs;
	struct deferred_directory *last;
	struct visited done = { 0 };
	int ret = 0;

	while ((last = *deferred)) {
		*deferred = last->next;
		if (!ret && !visited_has(&done, last->device, last->inode))
			ret = deferred_apply(last, job);
		if (!last->clamp_only)
			visited_enter(&done, last->device, last->inode, false);
		free(last->xattrs);
		free(last);
	}
	visited_free(&done);
	/* The scratch memory may be new. */
	own.list = job->xattrs.list;
	own.names = job->xattrs.names;
	own.value = job->xattrs.value;
	job->xattrs = own;
	return ret;
}

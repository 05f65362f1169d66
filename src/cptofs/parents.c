// SPDX-License-Identifier: GPL-2.0-only
/*
 * parents.c - the directories that members of an archive go into.
 */
#include "parents.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/tree/device.h"
#include "attributes.h"
#include "below.h"

int parents_open(const struct job *job, const char *path)
{
	const int flags = LKL_O_RDONLY | LKL_O_DIRECTORY | LKL_O_CLOEXEC;
	int fd;

	if (!*path)
		return job->to_base;
	fd = job->to->open_path(job->to_base, path, flags,
				LKL_RESOLVE_IN_ROOT |
				LKL_RESOLVE_NO_MAGICLINKS);
	/* Longer than the kernel takes: in pieces, which know no root. */
	if (fd == -ENAMETOOLONG)
		fd = below_open(job->to, job->to_base, path, flags);
	return fd;
}

void parents_close(const struct job *job, int fd)
{
	if (fd >= 0 && fd != job->to_base)
		job->to->directory.close(fd);
}

/* What is before the last slash, to be freed; "" for the destination. */
static char *split(const char *path, const char **ret_name)
{
	const char *slash = strrchr(path, '/');

	*ret_name = slash ? slash + 1 : path;
	return strndup(path, slash ? (size_t)(slash - path) : 0);
}

int parents_open_parent(const struct job *job, const char *path,
			const char **ret_name)
{
	char *parent = split(path, ret_name);
	int fd = parent ? parents_open(job, parent) : -ENOMEM;

	free(parent);
	return fd;
}

/* Something is made in the directory @fd. */
static int touch(struct parents *parents, int fd, const char *path)
{
	const struct job *job = parents->job;
	struct lkl_statx st;
	int ret;

	if (!attributes_needs_touched(job))
		return 0;
	ret = job->to->statx(fd, "", 0, &st);
	if (ret < 0)
		return ret;
	if (visited_has(&parents->touched, device_of(&st), st.stx_ino))
		return 0;
	visited_enter(&parents->touched, device_of(&st), st.stx_ino);
	return pending_add_touched(parents->pending, path);
}

/* Make @name, the last one of @path, in @at; returns it, open. */
static int make_one(struct parents *parents, int at, char *path)
{
	const struct job *job = parents->job;
	char *slash = strrchr(path, '/');
	int ret;

	if (slash)
		*slash = '\0';
	ret = touch(parents, at, slash ? path : "");
	if (slash)
		*slash = '/';
	if (!ret)
		ret = job->to->mkdir(at, slash ? slash + 1 : path, 0755);
	return ret < 0 ? ret : parents_open(job, path);
}

static int make_all(struct parents *parents, char *path)
{
	const struct job *job = parents->job;
	int at = job->to_base, fd;
	char *slash = path;

	while (slash) {
		slash = strchr(slash, '/');
		if (slash)
			*slash = '\0';
		fd = parents_open(job, path);
		if (fd == -ENOENT)
			fd = make_one(parents, at, path);
		if (slash)
			*slash++ = '/';
		parents_close(job, at);
		if (fd < 0)
			return fd;
		at = fd;
	}
	return at;
}

int parents_find(struct parents *parents, const char *path,
		 const char **ret_name)
{
	char *parent = split(path, ret_name);
	int fd, ret;

	if (!parent)
		return -ENOMEM;
	if (parents->path && !strcmp(parents->path, parent)) {
		free(parent);
		return parents->fd;
	}
	parents_forget(parents);
	fd = parents_open(parents->job, parent);
	if (fd == -ENOENT)
		fd = make_all(parents, parent);
	ret = fd < 0 ? fd : touch(parents, fd, parent);
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
	visited_free(&parents->touched);
}

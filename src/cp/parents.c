// SPDX-License-Identifier: GPL-2.0-only
/*
 * parents.c - the directories that members of an archive go into.
 */
#include "parents.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

static int make_all(const struct job *job, char *path)
{
	int at = job->to_base, fd, ret = 0;
	char *slash, *name;

	for (slash = path; slash && !ret; ) {
		slash = strchr(slash, '/');
		if (slash)
			*slash = '\0';
		fd = parents_open(job, path);
		if (fd == -ENOENT) {
			name = strrchr(path, '/');
			ret = job->to->mkdir(at, name ? name + 1 : path, 0755);
			fd = ret < 0 ? ret : parents_open(job, path);
		}
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
	int fd;

	if (!parent)
		return -ENOMEM;
	if (parents->path && !strcmp(parents->path, parent)) {
		free(parent);
		return parents->fd;
	}
	parents_forget(parents);
	fd = parents_open(parents->job, parent);
	if (fd == -ENOENT)
		fd = make_all(parents->job, parent);
	if (fd < 0) {
		free(parent);
		return fd;
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

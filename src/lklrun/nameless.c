// SPDX-License-Identifier: GPL-2.0-only
/*
 * nameless.c - fifos and sockets of the host that serve for those of the image.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "nameless.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct nameless {
	struct lkl_statx st;
	int fd;
	char *host;		/* its path, while it had one */
	char *name;
	struct nameless *next;
};

static struct nameless *all;

/* A later inode may have the same number, but not the same time of birth. */
static bool is_same(const struct lkl_statx *a, const struct lkl_statx *b)
{
	return a->stx_ino == b->stx_ino &&
	       a->stx_dev_major == b->stx_dev_major &&
	       a->stx_dev_minor == b->stx_dev_minor &&
	       a->stx_btime.tv_sec == b->stx_btime.tv_sec &&
	       a->stx_btime.tv_nsec == b->stx_btime.tv_nsec;
}

int nameless_find(const struct lkl_statx *st)
{
	const struct nameless *nameless;

	for (nameless = all; nameless; nameless = nameless->next)
		if (is_same(&nameless->st, st))
			return nameless->fd;
	return -ENOENT;
}

static const struct nameless *find_path(const char *path)
{
	const struct nameless *nameless = all;

	while (nameless && (!nameless->host || strcmp(nameless->host, path)))
		nameless = nameless->next;
	return nameless;
}

int nameless_at(const char *path)
{
	const struct nameless *nameless = find_path(path);

	return nameless ? nameless->fd : -ENOENT;
}

const char *nameless_name(const char *path)
{
	const struct nameless *nameless = find_path(path);

	return nameless ? nameless->name : NULL;
}

/* Make it in a folder of its own; @path gets its path. */
static int make_and_open(nameless_make_fn *make, void *opaque, char *path,
			 size_t size)
{
	const char *base = getenv("XDG_RUNTIME_DIR");
	char folder[PATH_MAX];
	int fd = -1, ret;

	for (;;) {
		snprintf(folder, sizeof(folder) - 8, "%s/lklrun-XXXXXX",
			 base ? base : "/tmp");
		if (mkdtemp(folder))
			break;
		if (!base)
			return -errno;
		base = NULL;
	}
	if (snprintf(path, size, "%s/x", folder) >= (int)size)
		ret = -ENAMETOOLONG;
	else
		ret = make(path, opaque);
	if (!ret) {
		fd = open(path, O_PATH | O_CLOEXEC);
		ret = fd < 0 ? -errno : 0;
		unlink(path);
	}
	rmdir(folder);
	return ret ? ret : fd;
}

int nameless_make(const struct lkl_statx *st, const char *name,
		  nameless_make_fn *make, void *opaque)
{
	struct nameless *nameless = calloc(1, sizeof(*nameless));
	char path[PATH_MAX];
	int fd = nameless ? make_and_open(make, opaque, path, sizeof(path)) :
		 -ENOMEM;

	if (fd < 0) {
		free(nameless);
		return fd;
	}
	nameless->st = *st;
	nameless->fd = fd;
	nameless->host = strdup(path);
	nameless->name = name && nameless->host ? strdup(name) : NULL;
	nameless->next = all;
	all = nameless;
	return fd;
}

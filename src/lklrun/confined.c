// SPDX-License-Identifier: GPL-2.0-only
/*
 * confined.c - which files of the host a confined program may use, where Landlock does
 * not look: sockets, and attributes.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "confined.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/descriptor-path.h"
#include "common/error.h"
#include "common/path-below.h"
#include "resolve.h"

/* The folders and files of --bind, without links in their paths; NULL: not confined. */
static struct granted {
	char *path;
	bool read_only;
} *granted;
static unsigned int n_granted;

int confined_init(const struct bind *binds, unsigned int n_binds,
		  struct lkl_error *err)
{
	const struct bind *bind;

	granted = calloc(n_binds + 1, sizeof(*granted));
	if (!granted)
		return error_no_memory(err);
	for (bind = binds; n_granted < n_binds; bind++, n_granted++) {
		granted[n_granted].path = realpath(bind->host, NULL);
		granted[n_granted].read_only = bind->read_only;
		if (!granted[n_granted].path)
			return error_set(err, -errno, "%s: %s", bind->host,
					 strerror(errno));
	}
	return 0;
}

bool confined(void)
{
	return granted;
}

int confined_check(int fd, bool change)
{
	const struct granted *found = NULL;
	char path[PATH_MAX];
	unsigned int i;
	int ret = descriptor_name(fd, path);

	if (ret < 0)
		return ret;
	/* The innermost folder that holds it counts. */
	for (i = 0; i < n_granted; i++)
		if (path_below(path, granted[i].path) &&
		    (!found || strlen(granted[i].path) > strlen(found->path)))
			found = &granted[i];
	if (!found || path_below(path, "/proc"))
		return -EACCES;
	return change && found->read_only ? -EROFS : 0;
}

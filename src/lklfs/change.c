// SPDX-License-Identifier: GPL-2.0-only
/*
 * change.c - helpers of the commands that change files.
 */
#include "change.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <lkl.h>

#include "print.h"
#include "run.h"

const char *change_name(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	return *name && strcmp(name, ".") && strcmp(name, "..") ? name : NULL;
}

int change_done(struct run *run, const char *path, int code, const char *what,
		const char *change)
{
	char text[128];

	if (code == -EINVAL && !change_name(path)) {
		snprintf(text, sizeof(text),
			 "%s: not the name of a file in a directory", what);
		return run_error(run, path, 0, text);
	}
	if (code < 0)
		return run_error(run, path, code, what);
	print_change(run, change, path);
	return 0;
}

/* A slash at the end asks for a directory; a link to a directory is none. */
static int cut_slashes(char *path)
{
	size_t len = strlen(path), end = len;
	struct lkl_statx st;
	int ret;

	while (end > 1 && path[end - 1] == '/')
		end--;
	if (end == len)
		return 0;
	path[end] = '\0';
	ret = stat_file(LKL_AT_FDCWD, path, false, &st);
	if (ret < 0 || S_ISDIR(st.stx_mode))
		return 0;
	path[end] = '/';
	return -ENOTDIR;
}

int change_parent(char *path, const char **ret_name)
{
	const char *name, *dir = ".";
	char *slash;
	int fd = cut_slashes(path);

	if (fd < 0)
		return fd;
	if (!*path)
		return -ENOENT;
	name = change_name(path);
	if (!name)
		return -EINVAL;
	slash = strrchr(path, '/');
	if (slash == path)
		dir = "/";
	else if (slash) {
		*slash = '\0';
		dir = path;
	}
	fd = (int)lkl_sys_openat(LKL_AT_FDCWD, dir, LKL_O_RDONLY |
				 LKL_O_DIRECTORY | LKL_O_CLOEXEC, 0);
	if (slash)
		*slash = '/';
	if (fd >= 0)
		*ret_name = name;
	return fd;
}

int change_target(const char *source, const char *dest, bool no_directory,
		  char **ret_path)
{
	size_t end = strlen(source), start;
	struct lkl_statx st;
	char *path;

	if (no_directory || stat_file(LKL_AT_FDCWD, dest, true, &st) < 0 ||
	    !S_ISDIR(st.stx_mode)) {
		*ret_path = strdup(dest);
		return *ret_path ? 0 : -ENOMEM;
	}
	while (end > 1 && source[end - 1] == '/')
		end--;
	start = end;
	while (start && source[start - 1] != '/')
		start--;
	path = malloc(strlen(dest) + 1 + (end - start) + 1);
	if (!path)
		return -ENOMEM;
	strcpy(path, dest);
	if (path[strlen(path) - 1] != '/')
		strcat(path, "/");
	strncat(path, source + start, end - start);
	*ret_path = path;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * archive-path.c - names of members of archives as paths.
 */
#include "archive-path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int member_path(const char *name, char **ret_path)
{
	char *path = malloc(strlen(name) + 2);
	size_t at = 0, len;

	if (!path)
		return -ENOMEM;
	for (;; name += len) {
		name += strspn(name, "/");
		len = strcspn(name, "/");
		if (!len)
			break;
		if (len == 1 && name[0] == '.')
			continue;
		if (len == 2 && name[0] == '.' && name[1] == '.') {
			free(path);
			return -EINVAL;
		}
		if (at)
			path[at++] = '/';
		memcpy(path + at, name, len);
		at += len;
	}
	if (!at)
		path[at++] = '.';
	path[at] = '\0';
	*ret_path = path;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * path-below.c - which folder a path is in, as text.
 */
#include "path-below.h"

#include <stddef.h>
#include <string.h>

const char *path_below(const char *path, const char *folder)
{
	size_t len = strcmp(folder, "/") ? strlen(folder) : 0;

	if (strncmp(path, folder, len) || (path[len] && path[len] != '/'))
		return NULL;
	return path + len;
}

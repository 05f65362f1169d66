// SPDX-License-Identifier: GPL-2.0-only
/*
 * path.c - a path that grows and shrinks while a tree is walked.
 */
#include "path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int path_push(struct path *path, const char *name)
{
	size_t len = strlen(name), need = path->len + len + 2;
	char *text;

	/* Room for a slash in front and a zero byte at the end. */
	if (path->size < need) {
		text = realloc(path->text, 2 * need);
		if (!text)
			return -ENOMEM;
		path->text = text;
		path->size = 2 * need;
	}
	if (path->len && path->text[path->len - 1] != '/')
		path->text[path->len++] = '/';
	memcpy(path->text + path->len, name, len + 1);
	path->len += len;
	return 0;
}

void path_cut(struct path *path, size_t len)
{
	path->len = len;
	path->text[len] = '\0';
}

void path_free(struct path *path)
{
	free(path->text);
	path->text = NULL;
	path->len = path->size = 0;
}

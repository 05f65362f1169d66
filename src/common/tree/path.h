/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * path.h - a path that grows and shrinks while a tree is walked.
 */
#ifndef TOOLS_PATH_H
#define TOOLS_PATH_H

#include <stddef.h>

struct path {
	char *text;		/* NULL until the first path_push() */
	size_t len, size;
};

/*
 * path_push - add a name, behind a slash unless there is one or nothing
 *
 * -ENOMEM.  path_cut() takes back what came behind @len.
 */
int path_push(struct path *path, const char *name);
void path_cut(struct path *path, size_t len);
void path_free(struct path *path);

#endif /* TOOLS_PATH_H */

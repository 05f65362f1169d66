/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * path.h - a path that grows and shrinks while a tree is walked.
 */
#ifndef TOOLS_PATH_H
#define TOOLS_PATH_H

#include <stddef.h>

struct path {
	char *text;		/* NULL until the first path_push() */
	size_t len, size;	/* without the zero byte; allocated */
};

/*
 * path_push - append a name, and a slash in front of it if one is needed
 *
 * -ENOMEM.
 */
int path_push(struct path *path, const char *name);

/* Cuts the path to its first @len bytes. */
void path_cut(struct path *path, size_t len);
void path_free(struct path *path);

#endif /* TOOLS_PATH_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wildcards.h - expands patterns for files of the image.
 *
 * The shell cannot: it does not see into the image.
 */
#ifndef COPY_WILDCARDS_H
#define COPY_WILDCARDS_H

#include "job.h"

/* Paths, owned.  Starts as all zero. */
struct wildcard_list {
	char **at;
	size_t n, size;
};

void wildcard_list_free(struct wildcard_list *list);

/* -ENOMEM */
int wildcard_list_add(struct wildcard_list *list, const char *path);

/*
 * wildcard_expand - add all paths that match a pattern, sorted
 *
 * If a file has this very name, or nothing in it is special, it is added as
 * it is.  It is an error of the job, and reported, if nothing matches.
 */
int wildcard_expand(struct job *job, const char *pattern,
		    struct wildcard_list *list);

#endif /* COPY_WILDCARDS_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * expand.h - patterns that name files in the image: no shell sees these.
 */
#ifndef CP_EXPAND_H
#define CP_EXPAND_H

#include "job.h"

struct expanded {
	char **at;
	size_t n, size;
};

void expanded_free(struct expanded *list);

/* -ENOMEM */
int expanded_add(struct expanded *list, const char *path);

/*
 * expand - add what a pattern matches, sorted, or the path itself
 *
 * A path that exists is no pattern, whatever its characters.  It is told if
 * nothing matches.
 */
int expand(struct job *job, const char *pattern, struct expanded *list);

#endif /* CP_EXPAND_H */

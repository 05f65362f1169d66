/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * filter.h - which files are wanted.
 */
#ifndef TOOLS_FILTER_H
#define TOOLS_FILTER_H

#include <stdbool.h>

/* Strings point into the command line. */
struct patterns {
	const char **at;
	unsigned int n;
};

struct filter {
	struct patterns exclude, include;
};

/* -ENOMEM */
int patterns_add(struct patterns *patterns, const char *pattern);
void filter_free(struct filter *filter);

/*
 * filter_excludes, filter_includes - ask for a path as in the archive
 *
 * What is below an excluded directory must not be asked for; what is below
 * an included one is included.  Without patterns to include, everything is.
 */
bool filter_excludes(const struct filter *filter, const char *path);
bool filter_includes(const struct filter *filter, const char *path);

#endif /* TOOLS_FILTER_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * filter.h - selects files by the patterns of --exclude and --include.
 */
#ifndef TOOLS_FILTER_H
#define TOOLS_FILTER_H

#include <stdbool.h>

#include <lkl.h>

/* The strings belong to the command line. */
struct patterns {
	const char **at;
	unsigned int n;
};

struct filter {
	struct patterns exclude, include;
};

/* -ENOMEM */
int patterns_add(struct patterns *patterns, const char *pattern);

/* patterns_parse - add the argument of an option, which must not be empty */
int patterns_parse(struct patterns *patterns, const char *argument,
		   struct lkl_error *err);

void filter_free(struct filter *filter);

/*
 * filter_excludes, filter_includes - whether a pattern matches a path
 *
 * An excluded directory excludes all files below it: do not ask for those.
 * An included directory includes all files below it.  If there are no
 * patterns to include, every file is included.
 */
bool filter_excludes(const struct filter *filter, const char *path);
bool filter_includes(const struct filter *filter, const char *path);

#endif /* TOOLS_FILTER_H */

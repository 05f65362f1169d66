// SPDX-License-Identifier: GPL-2.0-only
/*
 * filter.c - selects files by the patterns of --exclude and --include.
 *
 * Patterns are those of GNU tar's --exclude: shell wildcards, where "*" and
 * "?" match a slash, too.  A pattern may match from the start of a path and
 * from behind any slash.  One that begins with "/" or "./" must match from
 * the start.
 */
#include "filter.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"

int patterns_add(struct patterns *patterns, const char *pattern)
{
	const char **at;

	at = realloc(patterns->at, (patterns->n + 1) * sizeof(*at));
	if (!at)
		return -ENOMEM;
	at[patterns->n++] = pattern;
	patterns->at = at;
	return 0;
}

int patterns_parse(struct patterns *patterns, const char *argument,
		   struct lkl_error *err)
{
	if (!*argument)
		return error_set(err, -EINVAL, "empty pattern");
	return patterns_add(patterns, argument) < 0 ? error_no_memory(err) : 0;
}

void filter_free(struct filter *filter)
{
	free(filter->exclude.at);
	free(filter->include.at);
	memset(filter, 0, sizeof(*filter));
}

static bool pattern_matches(const char *pattern, const char *path)
{
	/* fs2tar's paths begin with "./", which patterns do not need. */
	if (!strncmp(path, "./", 2))
		path += 2;
	if (pattern[0] == '/')
		return !fnmatch(pattern + 1, path, 0);
	if (!strncmp(pattern, "./", 2))
		return !fnmatch(pattern + 2, path, 0);
	for (;;) {
		if (!fnmatch(pattern, path, 0))
			return true;
		path = strchr(path, '/');
		if (!path)
			return false;
		path++;
	}
}

static bool any_pattern_matches(const struct patterns *patterns, const char *path)
{
	unsigned int i;

	for (i = 0; i < patterns->n; i++)
		if (pattern_matches(patterns->at[i], path))
			return true;
	return false;
}

bool filter_excludes(const struct filter *filter, const char *path)
{
	return any_pattern_matches(&filter->exclude, path);
}

bool filter_includes(const struct filter *filter, const char *path)
{
	return !filter->include.n || any_pattern_matches(&filter->include, path);
}

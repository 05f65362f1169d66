// SPDX-License-Identifier: GPL-2.0-only
/*
 * link-targets.c - finds the files outside of the sources that "cptofs -L" is
 * going to read.
 *
 * This happens before the sandbox, and reads names of the host only.  A link
 * that changes later leads to an error of the copy.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE		/* tdestroy */
#endif
#include "link-targets.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/copy/job.h"
#include "common/tree/walk.h"

struct link_search {
	struct walk walk;
	const struct filter *filter;
	struct path path;
	size_t operand_len;
	struct link_targets *found;
};

static int compare_paths(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Whether @path, or a directory that it is below, is known. */
static bool is_known(const struct link_targets *targets, const char *path)
{
	cleanup_free char *copy = strdup(path);
	char *slash;

	if (!copy)
		return false;
	for (;;) {
		if (tfind(*copy ? copy : "/", &targets->known, compare_paths))
			return true;
		slash = strrchr(copy, '/');
		if (!slash)
			return false;
		*slash = '\0';
	}
}

/* Takes @path.  Two sources may have one. */
static int make_known(struct link_targets *targets, char *path)
{
	char **node = tsearch(path, &targets->known, compare_paths);

	if (!node || *node != path)
		free(path);
	return node ? 0 : -ENOMEM;
}

static int add_target(struct link_targets *targets, const char *link)
{
	size_t size = 2 * targets->size + 16;
	char *path = realpath(link, NULL), **at;
	int ret;

	if (!path)
		return errno == ENOMEM ? -ENOMEM : 0;
	if (is_known(targets, path)) {
		free(path);
		return 0;
	}
	if (targets->n == targets->size) {
		at = realloc(targets->at, size * sizeof(*at));
		if (!at) {
			free(path);
			return -ENOMEM;
		}
		targets->at = at;
		targets->size = size;
	}
	ret = make_known(targets, path);
	if (!ret)
		targets->at[targets->n++] = path;
	return ret;
}

static int enter_directory(struct link_search *search, int dir,
			   const char *name, const struct lkl_statx *st)
{
	const char *what;
	int fd = walk_open(&search->walk, dir, name, true, st, &what);

	return fd < 0 ? 0 : walk_enter(&search->walk, fd, st, NULL);
}

static int visit_entry(struct walk *walk, int dir, const char *name)
{
	struct link_search *search = walk->opaque;
	const char *path = search->path.text + search->operand_len;
	struct lkl_statx st;
	int ret = job_interrupted();

	if (ret)
		return ret;
	path += strspn(path, "/");
	if (filter_excludes(search->filter, path) ||
	    host_calls.statx(dir, name, LKL_AT_SYMLINK_NOFOLLOW, &st) < 0)
		return 0;
	if (S_ISLNK(st.stx_mode)) {
		ret = add_target(search->found, search->path.text);
		if (ret < 0 || host_calls.statx(dir, name, 0, &st) < 0)
			return ret;
	}
	return S_ISDIR(st.stx_mode) ? enter_directory(search, dir, name, &st) :
		0;
}

/* The copy meets and reports the same errors. */
static const struct walk_events search_events = {
	.visit = visit_entry,
};

static int search_source(const struct arguments *arguments, const char *source,
			 struct link_targets *targets)
{
	struct link_search search = {
		.walk = {
			.events = &search_events,
			.opaque = &search,
			.calls = &host_calls,
			.path = &search.path,
		},
		.filter = &arguments->settings.filter,
		.found = targets,
	};
	struct lkl_statx st;
	int ret = path_push(&search.path, source);

	search.operand_len = search.path.len;
	if (!ret && host_calls.statx(LKL_AT_FDCWD, source, 0, &st) >= 0 &&
	    S_ISDIR(st.stx_mode))
		ret = enter_directory(&search, LKL_AT_FDCWD, source, &st);
	if (!ret)
		ret = walk_run(&search.walk);
	walk_free(&search.walk);
	path_free(&search.path);
	return ret;
}

int link_targets_find(const struct arguments *arguments,
		      struct link_targets *ret_targets)
{
	const struct operands *operands = &arguments->operands;
	char *path;
	size_t i;
	int ret = 0;

	for (i = 0; i < operands->n && !ret; i++) {
		path = realpath(operands->sources[i], NULL);
		if (path)
			ret = make_known(ret_targets, path);
	}
	for (i = 0; i < operands->n && !ret; i++)
		ret = search_source(arguments, operands->sources[i],
				    ret_targets);
	return ret;
}

void link_targets_free(struct link_targets *targets)
{
	free(targets->at);
	tdestroy(targets->known, free);
}

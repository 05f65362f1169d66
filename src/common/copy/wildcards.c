// SPDX-License-Identifier: GPL-2.0-only
/*
 * wildcards.c - expands patterns for files of the image.
 *
 * Works like a shell: one component after the other, and the matches are
 * sorted.  Only a dot in the pattern matches a leading dot.  A directory is
 * read only for components that contain special characters.
 */
#include "wildcards.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

/* Stops patterns like a star in each component of a large image. */
#define MATCHES_MAX 1000000

void wildcard_list_free(struct wildcard_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		free(list->at[i]);
	free(list->at);
	memset(list, 0, sizeof(*list));
}

static int wildcard_list_take(struct wildcard_list *list, char *path)
{
	size_t size;
	char **at;

	if (!path || list->n == MATCHES_MAX) {
		free(path);
		return path ? -E2BIG : -ENOMEM;
	}
	if (list->n == list->size) {
		size = 2 * list->size + 16;
		at = realloc(list->at, size * sizeof(*at));
		if (!at) {
			free(path);
			return -ENOMEM;
		}
		list->at = at;
		list->size = size;
	}
	list->at[list->n++] = path;
	return 0;
}

int wildcard_list_add(struct wildcard_list *list, const char *path)
{
	return wildcard_list_take(list, strdup(path));
}

static bool source_exists(const struct job *job, const char *path)
{
	struct lkl_statx st;

	return job->from->statx(job->from_base, *path ? path : ".",
				LKL_AT_SYMLINK_NOFOLLOW, &st) >= 0;
}

static char *join_path(const char *prefix, const char *name, size_t len)
{
	size_t prefix_len = strlen(prefix);
	char *path = malloc(prefix_len + len + 1);

	if (!path)
		return NULL;
	memcpy(path, prefix, prefix_len);
	memcpy(path + prefix_len, name, len);
	path[prefix_len + len] = '\0';
	return path;
}

/* Adds the matches in the directory @prefix, which is "" or ends in "/". */
static int match_directory(const struct job *job, const char *prefix,
			   const char *pattern, struct wildcard_list *list)
{
	struct directory directory;
	const char *name;
	int fd, ret;

	fd = job->from->open(job->from_base, *prefix ? prefix : ".",
			     LKL_O_RDONLY | LKL_O_DIRECTORY | LKL_O_CLOEXEC, 0);
	if (fd < 0)
		return 0;
	directory_init(&directory, &job->from->directory, fd, SORT_NONE);
	while ((ret = directory_next(&directory, &name)) > 0)
		if (!strchr(name, '/') &&
		    !fnmatch(pattern, name, FNM_PERIOD)) {
			ret = wildcard_list_take(list, join_path(prefix, name,
								 strlen(name)));
			if (ret < 0)
				break;
		}
	directory_close(&directory);
	/* Copying the directory will report damage. */
	return ret == -ENOMEM || ret == -E2BIG ? ret : 0;
}

/* Expands one component below all matches of the earlier ones. */
static int expand_component(const struct job *job,
			    const struct wildcard_list *from,
			    const char *component, size_t len, size_t slashes,
			    struct wildcard_list *ret_list)
{
	char *name = strndup(component, len), *path;
	struct wildcard_list list = { 0 };
	size_t i, before;
	int ret = name ? 0 : -ENOMEM;

	for (i = 0; i < from->n && !ret; i++) {
		before = list.n;
		if (strpbrk(name, "*?[\\"))
			ret = match_directory(job, from->at[i], name, &list);
		else
			ret = wildcard_list_take(&list, join_path(from->at[i],
								  name, len));
		/* Keep the slashes as they were written. */
		for (; before < list.n && slashes && !ret; before++) {
			path = join_path(list.at[before], component + len,
					 slashes);
			if (!path) {
				ret = -ENOMEM;
				break;
			}
			free(list.at[before]);
			list.at[before] = path;
		}
	}
	free(name);
	if (ret < 0)
		wildcard_list_free(&list);
	else
		*ret_list = list;
	return ret;
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Expands all components.  Matches that do not exist are possible. */
static int expand_pattern(const struct job *job, const char *pattern,
			  struct wildcard_list *list)
{
	size_t len = strspn(pattern, "/"), slashes;
	struct wildcard_list next;
	char *start = strndup(pattern, len ? 1 : 0);
	int ret = wildcard_list_take(list, start);

	for (pattern += len; !ret && *pattern; pattern += len + slashes) {
		len = strcspn(pattern, "/");
		slashes = strspn(pattern + len, "/");
		ret = expand_component(job, list, pattern, len, slashes, &next);
		if (ret < 0)
			break;
		wildcard_list_free(list);
		*list = next;
	}
	return ret;
}

int wildcard_expand(struct job *job, const char *pattern,
		    struct wildcard_list *list)
{
	struct wildcard_list found = { 0 };
	size_t i, before = list->n;
	int ret;

	if (!strpbrk(pattern, "*?[") || source_exists(job, pattern))
		return wildcard_list_add(list, pattern);
	ret = expand_pattern(job, pattern, &found);
	if (!ret && found.n)
		qsort(found.at, found.n, sizeof(*found.at), compare_paths);
	for (i = 0; i < found.n && !ret; i++)
		if (source_exists(job, found.at[i]))
			ret = wildcard_list_add(list, found.at[i]);
	wildcard_list_free(&found);
	if (!ret && list->n == before) {
		path_cut(&job->source, 0);
		ret = path_push(&job->source, pattern);
		if (!ret)
			ret = job_source_error(job, 0, "nothing matches");
	}
	return ret;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * expand.c - patterns that name files in the image: no shell sees these.
 *
 * As a shell does it: one component after the other, a leading dot only for
 * a dot, sorted by name.  Components without special characters are not
 * looked for but looked up.
 */
#include "expand.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

/* Stars in each component of a large image: this is no search engine. */
#define MATCHES_MAX 1000000

void expanded_free(struct expanded *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		free(list->at[i]);
	free(list->at);
	memset(list, 0, sizeof(*list));
}

static int add_owned(struct expanded *list, char *path)
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

int expanded_add(struct expanded *list, const char *path)
{
	return add_owned(list, strdup(path));
}

static bool exists(const struct job *job, const char *path)
{
	struct lkl_statx st;

	return job->from->statx(job->from_base, *path ? path : ".",
				LKL_AT_SYMLINK_NOFOLLOW, &st) >= 0;
}

static char *join(const char *prefix, const char *name, size_t len)
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

/* Add the names in the directory @prefix, "" or ending in "/". */
static int match_in(const struct job *job, const char *prefix,
		    const char *pattern, struct expanded *list)
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
			ret = add_owned(list, join(prefix, name,
						   strlen(name)));
			if (ret < 0)
				break;
		}
	directory_close(&directory);
	/* Damage is told when it is copied. */
	return ret == -ENOMEM || ret == -E2BIG ? ret : 0;
}

/* One component for all that the ones before it have led to. */
static int step(const struct job *job, const struct expanded *from,
		const char *component, size_t len, size_t slashes,
		struct expanded *ret_list)
{
	char *name = strndup(component, len), *path;
	struct expanded list = { 0 };
	size_t i, before;
	int ret = name ? 0 : -ENOMEM;

	for (i = 0; i < from->n && !ret; i++) {
		before = list.n;
		if (strpbrk(name, "*?[\\"))
			ret = match_in(job, from->at[i], name, &list);
		else
			ret = add_owned(&list, join(from->at[i], name, len));
		/* Behind it come the slashes as they were written. */
		for (; before < list.n && slashes && !ret; before++) {
			path = join(list.at[before], component + len, slashes);
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
		expanded_free(&list);
	else
		*ret_list = list;
	return ret;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All components; what is in @list then may not exist. */
static int walk(const struct job *job, const char *pattern,
		struct expanded *list)
{
	size_t len = strspn(pattern, "/"), slashes;
	struct expanded next;
	char *start = strndup(pattern, len ? 1 : 0);
	int ret = add_owned(list, start);

	for (pattern += len; !ret && *pattern; pattern += len + slashes) {
		len = strcspn(pattern, "/");
		slashes = strspn(pattern + len, "/");
		ret = step(job, list, pattern, len, slashes, &next);
		if (ret < 0)
			break;
		expanded_free(list);
		*list = next;
	}
	return ret;
}

int expand(struct job *job, const char *pattern, struct expanded *list)
{
	struct expanded found = { 0 };
	size_t i, before = list->n;
	int ret;

	if (!strpbrk(pattern, "*?[") || exists(job, pattern))
		return expanded_add(list, pattern);
	ret = walk(job, pattern, &found);
	if (!ret && found.n)
		qsort(found.at, found.n, sizeof(*found.at), by_bytes);
	for (i = 0; i < found.n && !ret; i++)
		if (exists(job, found.at[i]))
			ret = expanded_add(list, found.at[i]);
	expanded_free(&found);
	if (!ret && list->n == before) {
		path_cut(&job->source, 0);
		ret = path_push(&job->source, pattern);
		if (!ret)
			ret = job_source_error(job, 0, "nothing matches");
	}
	return ret;
}

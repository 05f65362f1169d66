// SPDX-License-Identifier: GPL-2.0-only
/*
 * contents.c - the inputs for the file system of one partition.
 */
#include "contents.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/archive-library.h"
#include "common/cleanup.h"
#include "common/cli/quote.h"
#include "common/error.h"
#include "common/path-below.h"
#include "skeleton.h"

/* Removes empty components and those that are a dot. */
static void simplify(char *path)
{
	char *from = path, *to = path;
	size_t len;

	if (*from == '/')
		to++;
	while (*from) {
		from += strspn(from, "/");
		len = strcspn(from, "/");
		if (len && !(len == 1 && *from == '.')) {
			if (to > path && to[-1] != '/')
				*to++ = '/';
			memmove(to, from, len);
			to += len;
		}
		from += len;
	}
	if (to == path)
		*to++ = '.';
	*to = '\0';
}

char *definition_path(const struct definition *definition, const char *path)
{
	size_t size = strlen(definition->folder) + strlen(path) + 2;
	char *full = malloc(size);

	if (!full)
		return NULL;
	if (*path == '/' || !strcmp(path, "-"))
		snprintf(full, size, "%s", path);
	else
		snprintf(full, size, "%s/%s", definition->folder, path);
	if (strcmp(path, "-"))
		simplify(full);
	return full;
}

/* A string that lives as long as the contents; takes it over. */
static const char *keep(struct contents *contents, char *text)
{
	if (text && words_add(&contents->strings, 0, text, NULL) < 0) {
		free(text);
		return NULL;
	}
	return text;
}

/* The pattern that matches this path alone; or only all below it. */
static char *literal_pattern(const char *path, bool only_contents)
{
	char *pattern = malloc(2 * strlen(path) + 4), *to = pattern;

	if (!pattern)
		return NULL;
	*to++ = '/';
	for (; *path; path++) {
		if (strchr("*?[]\\", *path))
			*to++ = '\\';
		*to++ = *path;
	}
	strcpy(to, only_contents ? "/*" : "");
	return pattern;
}

/* Adds the pattern for a path of ExcludeFiles= if it is below @source. */
static int add_exclude(struct contents *contents,
		       const struct definition *definition,
		       const struct word *exclude, const char *source,
		       struct filter *filter)
{
	cleanup_free char *path = definition_path(definition, exclude->text);
	size_t exclude_len = strlen(exclude->text);
	bool only_contents = exclude_len > 1 &&
		exclude->text[exclude_len - 1] == '/';
	const char *rest, *pattern;

	if (!path)
		return -ENOMEM;
	rest = path_below(path, source);
	if (!rest || *rest != '/' || !rest[1])
		return 0;
	pattern = keep(contents, literal_pattern(rest + 1, only_contents));
	return pattern ? patterns_add(&filter->exclude, pattern) : -ENOMEM;
}

static int make_filter(struct contents *contents,
		       const struct definition *definition, const char *source,
		       const struct patterns *users, struct filter *filter)
{
	unsigned int k;
	size_t i;
	int ret = 0;

	for (k = 0; k < users->n && !ret; k++)
		ret = patterns_add(&filter->exclude, users->at[k]);
	for (i = 0; i < definition->excludes.n && !ret; i++)
		ret = add_exclude(contents, definition,
				  &definition->excludes.at[i], source, filter);
	return ret;
}

/* Room for @n inputs and their filters. */
static int make_room(struct contents *contents, size_t n)
{
	struct input *at = realloc(contents->inputs.at,
				   (n + 1) * sizeof(*at));

	if (!at)
		return -ENOMEM;
	contents->inputs.at = at;
	contents->filters = calloc(n + 1, sizeof(*contents->filters));
	return contents->filters ? 0 : -ENOMEM;
}

static struct input *new_input(struct contents *contents, enum input_type type,
			       const char *name, int fd)
{
	struct input *input = &contents->inputs.at[contents->inputs.n++];

	*input = (struct input){
		.type = type, .name = name, .fd = fd, .spool = -1, .plan = -1,
		.seekable = type == INPUT_ARCHIVE,
	};
	return input;
}

/* Opens archives and folders that may be container images. */
static int open_sources(struct contents *contents,
			const struct definition *definition, char **users,
			size_t n_users, struct lkl_error *err)
{
	size_t n = definition->sources.n, i;
	cleanup_free char **names = calloc(n + n_users + 1, sizeof(*names));

	if (!names)
		return error_no_memory(err);
	for (i = 0; i < n; i++) {
		names[i] = definition_path(definition,
					   definition->sources.at[i].text);
		if (!keep(contents, names[i]))
			return error_no_memory(err);
	}
	for (i = 0; i < n_users; i++)
		names[n + i] = users[i];
	return inputs_open(&contents->inputs, names, n + n_users, err);
}

/* A target that ends in a slash is a folder for a file. */
static const char *file_target(struct contents *contents, const char *target,
			       const char *source)
{
	const char *name = strrchr(source, '/');
	size_t len = strlen(target), size;
	char *full;

	if (target[len - 1] != '/')
		return target;
	name = name ? name + 1 : source;
	size = len + strlen(name) + 1;
	full = malloc(size);
	if (full)
		snprintf(full, size, "%s%s", target, name);
	return keep(contents, full);
}

static int add_copy(struct contents *contents,
		    const struct definition *definition,
		    const struct word *copy, struct lkl_error *err)
{
	const char *path = keep(contents, definition_path(definition,
							  copy->text));
	struct input *input;
	struct stat st;
	char *resolved;
	int fd;

	if (!path)
		return error_no_memory(err);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0) {
		error_set(err, -errno, "%s:%u: CopyFiles=: cannot open %s: %s",
			  quote_name(definition->file), copy->line,
			  quote_name(path), strerror(errno));
		if (fd >= 0)
			close(fd);
		return -EIO;
	}
	input = new_input(contents, S_ISDIR(st.st_mode) ? INPUT_FOLDER :
			  INPUT_FILE, path, fd);
	input->target = copy->second;
	if (S_ISDIR(st.st_mode))
		return 0;
	if (!S_ISREG(st.st_mode))
		return error_set(err, -EINVAL,
				 "%s:%u: CopyFiles=: not a regular file or a folder: %s",
				 quote_name(definition->file), copy->line,
				 quote_name(path));
	input->target = file_target(contents, copy->second, path);
	resolved = realpath(path, NULL);
	if (!input->target || !keep(contents, resolved))
		return error_no_memory(err);
	input->name = resolved;
	return 0;
}

static int add_skeleton(struct contents *contents,
			const struct definition *definition,
			const struct timestamp *timestamp,
			struct lkl_error *err)
{
	struct inputs *inputs = &contents->inputs;
	struct input skeleton;
	int fd, ret;

	ret = skeleton_make(definition, timestamp ? timestamp->sec :
			    (int64_t)time(NULL), &fd, err);
	if (ret < 0 || fd < 0)
		return ret;
	new_input(contents, INPUT_ARCHIVE, definition->file, fd);
	/* The inputs go over it. */
	skeleton = inputs->at[inputs->n - 1];
	memmove(inputs->at + 1, inputs->at,
		(inputs->n - 1) * sizeof(*inputs->at));
	inputs->at[0] = skeleton;
	return archive_library_load(err);
}

static int set_filters(struct contents *contents,
		       const struct definition *definition,
		       const struct patterns *users, struct lkl_error *err)
{
	struct inputs *inputs = &contents->inputs;
	size_t i;
	int ret = 0;

	for (i = 0; i < inputs->n && !ret; i++) {
		inputs->at[i].filter = &contents->filters[i];
		/* The skeleton is made for this file system. */
		if (inputs->at[i].name != definition->file)
			ret = make_filter(contents, definition,
					  inputs->at[i].name, users,
					  &contents->filters[i]);
	}
	return ret < 0 ? error_no_memory(err) : 0;
}

int part_contents_open(struct contents *contents,
		       const struct definition *definition, char **users,
		       size_t n_users, const struct patterns *exclude,
		       const struct timestamp *time, struct lkl_error *err)
{
	const struct words *copies = &definition->copies;
	size_t i;
	int ret;

	*contents = (struct contents){ .filters = NULL };
	ret = open_sources(contents, definition, users, n_users, err);
	if (ret < 0)
		return error_prefix(err, ret, "%s:%u",
				    quote_name(definition->file),
				    definition->line);
	if (make_room(contents, contents->inputs.n + copies->n + 1) < 0)
		return error_no_memory(err);
	for (i = 0; i < copies->n && !ret; i++)
		ret = add_copy(contents, definition, &copies->at[i], err);
	if (!ret)
		ret = add_skeleton(contents, definition, time, err);
	return ret < 0 ? ret : set_filters(contents, definition, exclude, err);
}

void part_contents_close(struct contents *contents)
{
	size_t i;

	if (contents->filters)
		for (i = 0; i < contents->inputs.n; i++)
			filter_free(&contents->filters[i]);
	free(contents->filters);
	contents->filters = NULL;
	inputs_close(&contents->inputs);
	words_free(&contents->strings);
}

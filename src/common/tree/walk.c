// SPDX-License-Identifier: GPL-2.0-only
/*
 * walk.c - walks a directory tree, depth first.
 */
#include "walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"

/* No path of this depth can be used by anyone. */
#define DEPTH_MAX	8000
/* Directories further up than this many levels give up their buffers. */
#define DEPTH_BUFFERED	64

#define OPEN_DIRECTORY (LKL_O_RDONLY | LKL_O_DIRECTORY | LKL_O_NOATIME | \
			LKL_O_CLOEXEC)

struct dirname *walk_dirname(struct walk *walk)
{
	const char *text = (walk->names ? walk->names : walk->path)->text;
	size_t i, start = walk->names_start, end;
	struct dirname *parent = NULL;
	struct walk_level *level;
	bool itself;

	for (i = 0; i < walk->depth; i++) {
		level = &walk->levels[i];
		end = walk->names ? level->names_len : level->path_len;
		if (!level->dirname) {
			/* The base itself adds nothing to the path. */
			itself = start == end;
			start += !itself && text[start] == '/';
			level->dirname = itself ? dirname_new(parent, ".", 1) :
				dirname_new(parent, text + start, end - start);
			if (!level->dirname)
				return NULL;
		}
		parent = level->dirname;
		start = end;
	}
	return parent;
}

/* Whether a directory is one of those that lead to the current one. */
static bool walk_is_ancestor(const struct walk *walk,
			     const struct lkl_statx *st)
{
	const struct lkl_statx *other;
	size_t i;

	for (i = 0; i < walk->depth; i++) {
		other = &walk->levels[i].st;
		if (other->stx_ino == st->stx_ino &&
		    device_of(other) == device_of(st))
			return true;
	}
	return false;
}

int walk_open(struct walk *walk, int dir, const char *name, bool follow,
	      const struct lkl_statx *st, const char **ret_what)
{
	int fd;

	if (walk->depth == DEPTH_MAX) {
		*ret_what = "directories are nested too deep";
		return -ELOOP;
	}
	if (follow && walk_is_ancestor(walk, st)) {
		*ret_what = "link leads to a directory that it is in";
		return -ELOOP;
	}
	if (!visited_enter(&walk->visited, device_of(st), st->stx_ino,
			   follow)) {
		*ret_what = "directory was entered before";
		return -ELOOP;
	}
	fd = walk->calls->open(dir, name, OPEN_DIRECTORY |
			       (follow ? 0 : LKL_O_NOFOLLOW), 0);
	if (fd < 0)
		*ret_what = "cannot open directory";
	return fd;
}

int walk_enter(struct walk *walk, int fd, const struct lkl_statx *st,
	       void *own)
{
	struct walk_level *levels, *level;
	size_t size;

	if (walk->depth == walk->size) {
		size = 2 * walk->size + 16;
		levels = realloc(walk->levels, size * sizeof(*levels));
		if (!levels) {
			walk->calls->directory.close(fd);
			free(own);
			return -ENOMEM;
		}
		walk->levels = levels;
		walk->size = size;
	}
	if (walk->depth >= DEPTH_BUFFERED)
		directory_free_buffer(&walk->levels[walk->depth -
				      DEPTH_BUFFERED].directory);

	level = &walk->levels[walk->depth++];
	memset(level, 0, sizeof(*level));
	directory_init(&level->directory, &walk->calls->directory, fd,
		       walk->sort);
	level->st = *st;
	level->path_len = walk->path->len;
	level->names_len = walk->names ? walk->names->len : 0;
	level->own = own;
	return 0;
}

static void walk_close_level(struct walk *walk)
{
	struct walk_level *level = walk_top(walk);

	if (walk->events->close)
		walk->events->close(walk, level);
	directory_close(&level->directory);
	dirname_put(level->dirname);
	free(level->own);
	walk->depth--;
}

/* Both paths become those of the innermost level. */
static void walk_restore_paths(struct walk *walk)
{
	if (!walk->depth)
		return;
	path_cut(walk->path, walk_top(walk)->path_len);
	if (walk->names)
		path_cut(walk->names, walk_top(walk)->names_len);
}

static int walk_leave(struct walk *walk)
{
	int ret = walk->events->leave ?
		walk->events->leave(walk, walk_top(walk)) : 0;

	walk_close_level(walk);
	walk_restore_paths(walk);
	return ret;
}

static int walk_report(struct walk *walk, int code, const char *what)
{
	return walk->events->error ? walk->events->error(walk, code, what) : 0;
}

/* Takes the next name from the innermost level. */
static int walk_step(struct walk *walk)
{
	struct walk_level *level = walk_top(walk);
	size_t depth = walk->depth;
	const char *name;
	int ret;

	ret = directory_next(&level->directory, &name);
	if (ret == -ENOMEM)
		return ret;
	if (ret < 0)
		return walk_report(walk, ret, "cannot read directory");
	if (ret == 0)
		return walk_leave(walk);
	if (strchr(name, '/'))
		return walk_report(walk, 0,
				"has an entry whose name contains a slash");

	ret = path_push(walk->path, name);
	if (!ret && walk->names)
		ret = path_push(walk->names, name);
	if (!ret)
		ret = walk->events->visit(walk, level->directory.fd, name);
	if (!ret && walk->depth == depth)
		walk_restore_paths(walk);
	return ret;
}

void walk_free(struct walk *walk)
{
	while (walk->depth)
		walk_close_level(walk);
	free(walk->levels);
	visited_free(&walk->visited);
}

int walk_run(struct walk *walk)
{
	int ret = 0;

	while (!ret && walk->depth)
		ret = walk_step(walk);
	return ret;
}

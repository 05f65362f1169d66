// SPDX-License-Identifier: GPL-2.0-only
/*
 * remove.c - removes a directory and everything in it.
 */
#include "remove.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "walk.h"

struct removal {
	const struct file_calls *calls;
	int dir;			/* that the tree is in */
};

static int remove_entry(struct walk *walk, int dir, const char *name)
{
	const struct removal *removal = walk->opaque;
	struct lkl_statx st;
	const char *what;
	int ret;

	ret = removal->calls->statx(dir, name, LKL_AT_SYMLINK_NOFOLLOW, &st);
	if (ret < 0)
		return ret;
	if (!S_ISDIR(st.stx_mode))
		return removal->calls->unlink(dir, name);
	ret = walk_open(walk, dir, name, false, &st, &what);
	return ret < 0 ? ret : walk_enter(walk, ret, &st, NULL);
}

/* It is empty now. */
static int remove_left(struct walk *walk, struct walk_level *level)
{
	const struct removal *removal = walk->opaque;
	const char *name = walk->path->text;

	(void)level;
	/* The name of the tree itself may be a path. */
	if (walk->depth == 1)
		return removal->calls->rmdir(removal->dir, name);
	return removal->calls->rmdir(walk->levels[walk->depth - 2].directory.fd,
				     strrchr(name, '/') + 1);
}

static int remove_error(struct walk *walk, int code, const char *what)
{
	(void)walk;
	(void)what;
	return code ? code : -EIO;
}

int remove_tree(const struct file_calls *calls, int dir, const char *name)
{
	static const struct walk_events events = {
		.visit = remove_entry,
		.leave = remove_left,
		.error = remove_error,
	};
	struct removal removal = { .calls = calls, .dir = dir };
	struct path path = { 0 };
	struct walk walk = {
		.events = &events, .opaque = &removal, .calls = calls,
		.sort = SORT_NONE, .path = &path,
	};
	struct lkl_statx st;
	const char *what;
	int ret;

	ret = calls->statx(dir, name, LKL_AT_SYMLINK_NOFOLLOW, &st);
	if (!ret)
		ret = path_push(&path, name);
	if (!ret) {
		ret = walk_open(&walk, dir, name, false, &st, &what);
		if (ret >= 0)
			ret = walk_enter(&walk, ret, &st, NULL);
	}
	if (!ret)
		ret = walk_run(&walk);
	walk_free(&walk);
	path_free(&path);
	return ret;
}

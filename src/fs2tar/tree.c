// SPDX-License-Identifier: GPL-2.0-only
/*
 * tree.c - writes all wanted files of a tree.
 *
 * The kernel's current directory is always the innermost one of the walk.
 * The calls for extended attributes need that: they take a path.
 */
#include "tree.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <lkl.h>

#include "common/tree/device.h"
#include "common/tree/walk.h"
#include "member.h"

/* For one descriptor per level of the deepest tree that can be walked. */
#define FILES_MAX 8192

/* Our own part of a level. */
struct tree_directory {
	bool included;			/* and so is everything below it */
	bool written;			/* its own member was written */
};

static struct job *job_of(struct walk *walk)
{
	return walk->opaque;
}

static struct tree_directory *directory_of(const struct walk_level *level)
{
	return level->own;
}

static void raise_file_limit(void)
{
	struct lkl_rlimit64 limit = {
		.rlim_cur = FILES_MAX, .rlim_max = FILES_MAX,
	};

	/* If this fails, the directories that are too deep report it. */
	lkl_sys_prlimit64(0, LKL_RLIMIT_NOFILE, &limit, NULL);
}

static int change_directory(const struct walk_level *level)
{
	return (int)lkl_sys_fchdir((unsigned int)level->directory.fd);
}

/* Writes the member of a level's directory, which becomes the current one. */
static int write_directory(struct walk *walk, struct walk_level *level)
{
	struct job *job = job_of(walk);
	size_t len = job->path.len;
	char after = job->path.text[level->path_len];
	int ret;

	ret = change_directory(level);
	if (ret < 0)
		return ret;
	path_cut(&job->path, level->path_len);
	ret = member_write(job, ".", &level->st, NULL);
	job->path.text[level->path_len] = after;
	job->path.len = len;
	directory_of(level)->written = true;
	return ret;
}

/*
 * A file is about to be written.  Directories on its path that were only
 * searched for included files so far are written before it.
 */
static int write_parents(struct walk *walk)
{
	size_t i = walk->depth;
	int ret;

	while (i && !directory_of(&walk->levels[i - 1])->written)
		i--;
	for (; i < walk->depth; i++) {
		ret = write_directory(walk, &walk->levels[i]);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int enter_directory(struct walk *walk, int fd,
			   const struct lkl_statx *st, bool included)
{
	struct tree_directory *own = calloc(1, sizeof(*own));
	int ret;

	if (!own) {
		lkl_sys_close((unsigned int)fd);
		return -ENOMEM;
	}
	own->included = included;
	ret = walk_enter(walk, fd, st, own);
	if (ret < 0)
		return ret;
	return included ? write_parents(walk) :
		change_directory(walk_top(walk));
}

/* The directory cannot be entered: writes it without its contents. */
static int write_unopened(struct walk *walk, const char *name,
			  const struct lkl_statx *st, bool included)
{
	int ret = included ? write_parents(walk) : 0;

	return ret || !included ? ret :
		member_write(job_of(walk), name, st, NULL);
}

static int visit_directory(struct walk *walk, int dir, const char *name,
			   const struct lkl_statx *st, bool included)
{
	const char *what;
	int fd, ret;

	fd = walk_open(walk, dir, name, false, st, &what);
	if (fd >= 0)
		return enter_directory(walk, fd, st, included);
	ret = write_unopened(walk, name, st, included);
	return ret ? ret : job_file_error(job_of(walk), fd == -ELOOP ? 0 : fd,
					  what);
}

static int visit_nondirectory(struct walk *walk, const char *name,
			      const struct lkl_statx *st)
{
	struct dirname *dirname = NULL;
	int ret = write_parents(walk);

	if (ret < 0)
		return ret;
	if (member_has_links(st)) {
		dirname = walk_dirname(walk);
		if (!dirname)
			return -ENOMEM;
	}
	return member_write(job_of(walk), name, st, dirname);
}

static int visit_wanted(struct walk *walk, int dir, const char *name)
{
	struct job *job = job_of(walk);
	struct lkl_statx st;
	bool included;
	int ret;

	ret = walk->calls->statx(dir, name, LKL_AT_SYMLINK_NOFOLLOW, &st);
	if (ret < 0)
		return job_file_error(job, ret, "cannot stat");
	included = directory_of(walk_top(walk))->included ||
		filter_includes(&job->settings->filter, job->path.text);
	if (S_ISDIR(st.stx_mode))
		return visit_directory(walk, dir, name, &st, included);
	return included ? visit_nondirectory(walk, name, &st) : 0;
}

static int tree_visit(struct walk *walk, int dir, const char *name)
{
	struct job *job = job_of(walk);
	int ret = 0;

	if (!filter_excludes(&job->settings->filter, job->path.text))
		ret = visit_wanted(walk, dir, name);
	if (!ret)
		job_check_log(job, "damaged, may be incomplete");
	return ret;
}

static int tree_leave(struct walk *walk, struct walk_level *level)
{
	/* For a damaged block of a directory there may be only a log entry. */
	job_check_log(job_of(walk), "directory may be incomplete");
	return walk->depth > 1 ? change_directory(level - 1) : 0;
}

static int tree_error(struct walk *walk, int code, const char *what)
{
	return job_file_error(job_of(walk), code, what);
}

static const struct walk_events tree_events = {
	.visit = tree_visit,
	.leave = tree_leave,
	.error = tree_error,
};

int write_tree(struct job *job, int root)
{
	struct walk walk = {
		.events = &tree_events,
		.opaque = job,
		.calls = &image_calls,
		.sort = job->settings->sort,
		.path = &job->path,
	};
	struct lkl_statx st;
	int ret;

	raise_file_limit();
	ret = walk.calls->statx(root, "", LKL_AT_SYMLINK_NOFOLLOW, &st);
	if (ret < 0) {
		lkl_sys_close((unsigned int)root);
		return job_file_error(job, ret, "cannot stat");
	}
	ret = enter_directory(&walk, root, &st,
			      !job->settings->filter.include.n);
	if (!ret)
		ret = walk_run(&walk);
	walk_free(&walk);
	return ret;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * walk.c - go through a tree, depth first.
 *
 * The kernel's current directory is always the one being read, so that each
 * file is found by its name alone.  The path from the root is a stack of
 * open directories, never found again by "..": in a damaged file system that
 * may lead elsewhere.
 */
#include "walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <lkl.h>

#include "common/tree/device.h"
#include "common/tree/directory.h"
#include "member.h"
#include "common/tree/visited.h"

/* Nothing with a path that anyone could use is as deep. */
#define DEPTH_MAX	8192
/* Directories above this many levels give their buffers back. */
#define DEPTH_AWAKE	64

struct level {
	struct directory directory;
	struct lkl_statx st;
	size_t path_len;		/* of job->path */
	struct dirname *dirname;	/* NULL: not needed yet */
	bool included;			/* and so is all below it */
	bool written;			/* it is in the archive itself */
};

struct walk {
	struct job *job;
	struct level *levels;
	size_t depth, size;
	struct visited visited;
};

static struct level *top(const struct walk *walk)
{
	return &walk->levels[walk->depth - 1];
}

/* The file table starts with room for a thousand. */
static void raise_file_limit(void)
{
	struct lkl_rlimit64 limit = {
		.rlim_cur = DEPTH_MAX + 64,
		.rlim_max = DEPTH_MAX + 64,
	};

	/* Without it, deep directories fail one by one and say so. */
	lkl_sys_prlimit64(0, LKL_RLIMIT_NOFILE, &limit, NULL);
}

static int get_stat(int fd, const char *name, struct lkl_statx *st)
{
	return (int)lkl_sys_statx(fd, name, LKL_AT_SYMLINK_NOFOLLOW |
				  LKL_AT_EMPTY_PATH | LKL_AT_NO_AUTOMOUNT |
				  LKL_AT_STATX_DONT_SYNC,
				  LKL_STATX_BASIC_STATS, st);
}

/* The name of the directory at @depth and of all above it, shared. */
static struct dirname *get_dirname(struct walk *walk, size_t depth)
{
	struct dirname *parent = NULL;
	struct level *level;
	size_t i, from;

	for (i = 0; i <= depth; i++) {
		level = &walk->levels[i];
		if (!level->dirname) {
			from = i ? level[-1].path_len + 1 : 0;
			level->dirname = dirname_new(parent,
						     walk->job->path + from,
						     level->path_len - from);
			if (!level->dirname)
				return NULL;
		}
		parent = level->dirname;
	}
	return parent;
}

/* Write one directory of the stack; the current directory becomes it. */
static int write_level(struct walk *walk, struct level *level)
{
	struct job *job = walk->job;
	size_t len = job->path_len;
	char rest = job->path[level->path_len];
	int ret;

	ret = (int)lkl_sys_fchdir((unsigned int)level->directory.fd);
	if (ret < 0)
		return ret;
	job->path[level->path_len] = '\0';
	job->path_len = level->path_len;
	ret = member_put(job, ".", &level->st, NULL);
	job->path[level->path_len] = rest;
	job->path_len = len;
	level->written = true;
	return ret;
}

/*
 * Something is about to be written: the directories above it that only were
 * searched so far go first.
 */
static int write_parents(struct walk *walk)
{
	size_t i = walk->depth;
	int ret;

	while (i && !walk->levels[i - 1].written)
		i--;
	if (i == walk->depth)
		return 0;
	for (; i < walk->depth; i++) {
		ret = write_level(walk, &walk->levels[i]);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int push(struct walk *walk, int fd, const struct lkl_statx *st,
		bool included)
{
	struct level *levels, *level;
	size_t size;

	if (walk->depth == walk->size) {
		size = 2 * walk->size + 16;
		levels = realloc(walk->levels, size * sizeof(*levels));
		if (!levels) {
			lkl_sys_close((unsigned int)fd);
			return -ENOMEM;
		}
		walk->levels = levels;
		walk->size = size;
	}
	if (walk->depth >= DEPTH_AWAKE)
		directory_rest(&walk->levels[walk->depth -
					     DEPTH_AWAKE].directory);

	level = &walk->levels[walk->depth++];
	memset(level, 0, sizeof(*level));
	directory_init(&level->directory, &directory_image_calls, fd,
		       walk->job->settings->sort);
	level->st = *st;
	level->path_len = walk->job->path_len;
	level->included = included;
	if (included)
		return write_parents(walk);
	return (int)lkl_sys_fchdir((unsigned int)fd);
}

static int pop(struct walk *walk)
{
	struct level *level = top(walk);

	directory_close(&level->directory);
	dirname_put(level->dirname);
	if (--walk->depth == 0)
		return 0;
	job_pop_path(walk->job, top(walk)->path_len);
	return (int)lkl_sys_fchdir((unsigned int)top(walk)->directory.fd);
}

/* What of a directory there is without its contents. */
static int put_closed(struct walk *walk, const char *name,
		      const struct lkl_statx *st, bool included, int code,
		      const char *why)
{
	int ret = 0;

	if (included) {
		ret = write_parents(walk);
		if (!ret)
			ret = member_put(walk->job, name, st, NULL);
	}
	return ret ? ret : job_file_error(walk->job, code, why);
}

/* Sets *@entered if the directory is on the stack now. */
static int enter(struct walk *walk, const char *name,
		 const struct lkl_statx *st, bool included, bool *entered)
{
	int fd;

	*entered = false;
	if (walk->depth == DEPTH_MAX)
		return put_closed(walk, name, st, included, -ELOOP,
				  "directories nested too deep");
	if (!visited_enter(&walk->visited, device_of(st), st->stx_ino))
		return put_closed(walk, name, st, included, -ELOOP,
				  "directory was met before");
	fd = (int)lkl_sys_openat(LKL_AT_FDCWD, name, LKL_O_RDONLY |
				 LKL_O_DIRECTORY | LKL_O_NOFOLLOW |
				 LKL_O_NOATIME | LKL_O_CLOEXEC, 0);
	if (fd < 0)
		return put_closed(walk, name, st, included, fd,
				  "cannot open directory");
	*entered = true;
	return push(walk, fd, st, included);
}

/* The file's path is in place. */
static int visit(struct walk *walk, const char *name, bool *entered)
{
	const struct filter *filter = &walk->job->settings->filter;
	struct job *job = walk->job;
	struct dirname *dirname = NULL;
	struct lkl_statx st;
	bool included;
	int ret;

	if (filter_excludes(filter, job->path))
		return 0;
	ret = get_stat(LKL_AT_FDCWD, name, &st);
	if (ret < 0)
		return job_file_error(job, ret, "cannot stat");
	included = top(walk)->included || filter_includes(filter, job->path);
	if (S_ISDIR(st.stx_mode))
		return enter(walk, name, &st, included, entered);
	if (!included)
		return 0;

	ret = write_parents(walk);
	if (ret < 0)
		return ret;
	if (member_has_links(&st)) {
		dirname = get_dirname(walk, walk->depth - 1);
		if (!dirname)
			return -ENOMEM;
	}
	return member_put(job, name, &st, dirname);
}

/* One step: the next name of the directory on top. */
static int step(struct walk *walk)
{
	size_t len = walk->job->path_len;
	bool entered = false;
	const char *name;
	int ret;

	ret = directory_next(&top(walk)->directory, &name);
	if (ret == -ENOMEM)
		return ret;
	if (ret < 0)
		return job_file_error(walk->job, ret, "cannot read directory");
	if (ret == 0) {
		/* Blocks of a directory that are damaged may only be logged. */
		job_check_log(walk->job, "directory may be incomplete");
		return pop(walk);
	}

	ret = job_push_path(walk->job, name);
	if (!ret)
		ret = visit(walk, name, &entered);
	if (!ret)
		job_check_log(walk->job, "damaged, may be incomplete");
	if (!entered)
		job_pop_path(walk->job, len);
	return ret;
}

int walk(struct job *job, int root)
{
	struct walk walk = { .job = job };
	struct lkl_statx st;
	int ret;

	raise_file_limit();
	ret = get_stat(root, "", &st);
	if (ret < 0) {
		lkl_sys_close((unsigned int)root);
		return job_file_error(job, ret, "cannot stat");
	}
	ret = push(&walk, root, &st, !job->settings->filter.include.n);
	while (!ret && walk.depth)
		ret = step(&walk);

	while (walk.depth) {
		directory_close(&top(&walk)->directory);
		dirname_put(top(&walk)->dirname);
		walk.depth--;
	}
	free(walk.levels);
	visited_free(&walk.visited);
	return ret;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * traverse.c - visits a file and everything below it.
 */
#include "traverse.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <lkl.h>

#include "common/copy/job.h"
#include "common/tree/device.h"
#include "print.h"
#include "run.h"

static int report(struct traverse *traverse, int code, const char *what)
{
	traverse->kernel_errors = session_kernel_errors();
	return run_error(traverse->run, traverse->path.text, code, what);
}

/* For some damage there is only a line in the kernel's log. */
static int check_log(struct traverse *traverse)
{
	if (session_kernel_errors() == traverse->kernel_errors)
		return 0;
	return report(traverse, 0, "damaged, may be incomplete");
}

static int enter(struct traverse *traverse, int dir, const char *name,
		 const struct lkl_statx *st)
{
	const bool follow = traverse->follow_first && !traverse->depth;
	const char *what;
	int fd;

	if (traverse->one_file_system && device_of(st) != traverse->device)
		return 0;
	fd = walk_open(&traverse->walk, dir, name, follow, st, &what);
	if (fd < 0)
		return report(traverse, fd == -ELOOP ? 0 : fd, what);
	return walk_enter(&traverse->walk, fd, st, NULL);
}

/* A file that stat_file() has described. */
static int visit_file(struct traverse *traverse, int dir, const char *name,
		      const struct lkl_statx *st)
{
	int ret = job_interrupted();

	if (!ret)
		ret = traverse->events->file(traverse, dir, name, st);
	if (!ret && S_ISDIR(st->stx_mode))
		ret = enter(traverse, dir, name, st);
	if (ret == TRAVERSE_SKIP)
		ret = 0;
	return ret ? ret : check_log(traverse);
}

static int walk_visit(struct walk *walk, int dir, const char *name)
{
	struct traverse *traverse = walk->opaque;
	struct lkl_statx st;
	int ret;

	traverse->depth = (unsigned int)walk->depth;
	ret = stat_file(dir, name, false, &st);
	if (ret < 0)
		return report(traverse, ret, "cannot stat");
	return visit_file(traverse, dir, name, &st);
}

static int walk_leave_directory(struct walk *walk, struct walk_level *level)
{
	struct traverse *traverse = walk->opaque;
	int ret = check_log(traverse);

	traverse->depth = (unsigned int)walk->depth - 1;
	if (!ret && traverse->events->leave)
		ret = traverse->events->leave(traverse, &level->st);
	return ret;
}

static int walk_error(struct walk *walk, int code, const char *what)
{
	return report(walk->opaque, code, what);
}

static const struct walk_events walk_events = {
	.visit = walk_visit,
	.leave = walk_leave_directory,
	.error = walk_error,
};

int traverse_run(struct traverse *traverse, const char *start)
{
	struct lkl_statx st;
	int ret;

	memset(&traverse->walk, 0, sizeof(traverse->walk));
	traverse->walk.events = &walk_events;
	traverse->walk.opaque = traverse;
	traverse->walk.calls = &image_calls;
	traverse->walk.sort = traverse->sort;
	traverse->walk.path = &traverse->path;
	traverse->depth = 0;
	traverse->kernel_errors = session_kernel_errors();
	traverse->path.len = 0;
	ret = path_push(&traverse->path, start);
	if (ret < 0)
		return ret;
	ret = stat_file(LKL_AT_FDCWD, start, traverse->follow_first, &st);
	if (ret < 0)
		return report(traverse, ret, "cannot stat");
	traverse->device = device_of(&st);
	ret = visit_file(traverse, LKL_AT_FDCWD, start, &st);
	if (!ret)
		ret = walk_run(&traverse->walk);
	walk_free(&traverse->walk);
	return ret;
}

int traverse_operands(struct traverse *traverse, struct lkl_error *err)
{
	struct run *run = traverse->run;
	const char *start = traverse->start ? traverse->start : "/";
	unsigned int i;
	int ret = 0;

	for (i = 0; i < run->n_operands && !ret; i++)
		ret = traverse_run(traverse, run->operands[i]);
	if (!run->n_operands)
		ret = traverse_run(traverse, run->in_shell ? "." : start);
	path_free(&traverse->path);
	return ret < 0 ? run_fatal(run, ret, err) : 0;
}

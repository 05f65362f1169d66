// SPDX-License-Identifier: GPL-2.0-only
/*
 * tree.c - copy a file, or a directory and all that is below it.
 *
 * Depth first, with a stack of open directories of both sides: every file is
 * found by its name alone, in a directory that was opened without following
 * a link, so that nothing leads out of either tree.  Nor is a directory
 * found again by "..".
 */
#include "tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/tree/device.h"
#include "common/cli/quote.h"
#include "common/cli/report.h"
#include "file.h"

/* Nothing with a path that anyone could use is as deep. */
#define DEPTH_MAX	8000
/* Directories above this many levels give their buffers back. */
#define DEPTH_AWAKE	64

#define OPEN_DIRECTORY (LKL_O_RDONLY | LKL_O_DIRECTORY | LKL_O_NOATIME | \
			LKL_O_CLOEXEC)

struct level {
	struct directory directory;	/* the source's */
	int to;				/* the target's, -1 in a dry run */
	struct lkl_statx st;		/* of the source */
	struct spot spot;		/* where it was made itself */
	char *spot_name;		/* of that, owned */
	struct spot inside;		/* for what is made in it */
	size_t source_len, target_len;
	struct dirname *dirname;	/* NULL: not needed yet */
	bool existing;
};

struct tree {
	struct job *job;
	struct level *levels;
	size_t depth, size;
	uint64_t device;		/* of the operand, for -x */
};

static struct level *top(const struct tree *tree)
{
	return &tree->levels[tree->depth - 1];
}

/* The name of the directory at @depth and of all above it, shared. */
static struct dirname *get_dirname(struct tree *tree, size_t depth)
{
	const struct path *target = &tree->job->target;
	struct dirname *parent = NULL;
	struct level *level;
	size_t i, from;

	for (i = 0; i < depth; i++) {
		level = &tree->levels[i];
		if (!level->dirname) {
			from = i ? level[-1].target_len :
				tree->job->base_len;
			from += target->text[from] == '/';
			level->dirname = dirname_new(parent,
						     target->text + from,
						     level->target_len - from);
			if (!level->dirname)
				return NULL;
		}
		parent = level->dirname;
	}
	return parent;
}

/* What the target's directory hands down to what is made in it. */
static void look_inside(struct job *job, struct level *level)
{
	const struct place place = { .fd = level->to };
	struct lkl_statx st;

	if (level->to < 0)
		return;
	/* One that we made has no ACL yet: these are set at its end. */
	if (level->existing || level->spot.acl)
		level->inside.acl = job->to->getxattr(&place, XATTR_DEFAULT,
						      NULL, 0) > 0;
	if (level->existing || level->spot.setgid ||
	    level->st.stx_mode & S_ISGID)
		level->inside.setgid = job->to->statx(level->to, "", 0,
						      &st) < 0 ||
			st.stx_mode & S_ISGID;
}

static int push(struct tree *tree, int from, int to, const struct spot *spot,
		const struct lkl_statx *st, bool existing)
{
	struct job *job = tree->job;
	struct level *levels, *level;
	char *name = strdup(spot->name);
	size_t size;

	if (name && tree->depth == tree->size) {
		size = 2 * tree->size + 16;
		levels = realloc(tree->levels, size * sizeof(*levels));
		if (levels) {
			tree->levels = levels;
			tree->size = size;
		}
	}
	if (!name || tree->depth == tree->size) {
		free(name);
		job->from->directory.close(from);
		if (to >= 0)
			job->to->directory.close(to);
		return -ENOMEM;
	}
	if (tree->depth >= DEPTH_AWAKE)
		directory_rest(&tree->levels[tree->depth -
					     DEPTH_AWAKE].directory);

	level = &tree->levels[tree->depth++];
	memset(level, 0, sizeof(*level));
	directory_init(&level->directory, &job->from->directory, from,
		       job->settings->sort);
	level->to = to;
	level->st = *st;
	level->spot = *spot;
	level->spot.name = level->spot_name = name;
	level->existing = existing;
	level->inside = (struct spot){ .dir = to, .fresh = !existing };
	level->source_len = job->source.len;
	level->target_len = job->target.len;
	look_inside(job, level);
	return 0;
}

static void drop(struct tree *tree)
{
	struct level *level = top(tree);

	directory_close(&level->directory);
	if (level->to >= 0)
		tree->job->to->directory.close(level->to);
	dirname_put(level->dirname);
	free(level->spot_name);
	tree->depth--;
}

/* All in it was made: what would have changed with that comes now. */
static int pop(struct tree *tree)
{
	struct level *level = top(tree);
	struct job *job = tree->job;
	const struct place from = { .fd = level->directory.fd };
	const struct place to = { .fd = level->to };
	int ret = 0;

	if (level->to >= 0 && !job->settings->dry_run) {
		ret = attributes_read(job, &from);
		if (!ret)
			ret = attributes_apply(job, &to, &level->st,
					       &level->spot, level->existing);
	}
	drop(tree);
	if (tree->depth) {
		path_cut(&job->source, top(tree)->source_len);
		path_cut(&job->target, top(tree)->target_len);
	}
	return ret;
}

/* A directory of the source, with the name it gets. */
static int enter(struct tree *tree, int dir, const char *name, bool follow,
		 const struct lkl_statx *st, const struct spot *spot)
{
	struct job *job = tree->job;
	int from, to, ret;

	if (tree->depth == DEPTH_MAX)
		return job_source_error(job, 0, "directories nested too deep");
	if (job->settings->one_file_system && tree->depth &&
	    device_of(st) != tree->device)
		return 0;
	if (!visited_enter(&job->visited, device_of(st), st->stx_ino))
		return job_source_error(job, 0, "directory was met before");
	from = job->from->open(dir, name, OPEN_DIRECTORY |
			       (follow ? 0 : LKL_O_NOFOLLOW), 0);
	if (from < 0)
		return job_source_error(job, from, "cannot open directory");
	ret = make_directory(job, spot, st, &to);
	if (ret <= 0) {
		job->from->directory.close(from);
		return ret;
	}
	job->directories++;
	job_done(job);
	return push(tree, from, to, spot, st, ret == MADE_EXISTING);
}

/* Another name for a file that was copied: 1 if that was it. */
static int link_again(struct job *job, const struct lkl_statx *st,
		      const struct spot *spot)
{
	char *path;
	int ret;

	ret = links_find(&job->links, device_of(st), st->stx_ino, &path);
	if (ret <= 0)
		return ret;
	ret = make_link(job, spot, st, path);
	free(path);
	if (ret == -EMLINK)
		return 0;
	if (ret < 0)
		return ret;
	if (ret != MADE_NOTHING) {
		job->hard_links++;
		job_done(job);
	}
	return 1;
}

static int copy_other(struct tree *tree, int dir, const char *name,
		      bool follow, const struct lkl_statx *st,
		      const struct spot *spot)
{
	struct job *job = tree->job;
	/* Links that are followed are names, too, which no one counts. */
	bool has_links = job->settings->keep & KEEP_LINKS &&
		(st->stx_nlink > 1 || follow);
	struct dirname *dirname, *made = NULL;
	int ret;

	if (has_links) {
		ret = link_again(job, st, spot);
		if (ret)
			return ret < 0 ? ret : 0;
	}
	job->up_to_date = false;
	ret = file_copy(job, dir, name, follow, st, spot);
	if (ret < 0 || ret == MADE_STREAM || !has_links)
		return ret < 0 ? ret : 0;
	/* What -u finds to be the same can be linked to. */
	if (ret == MADE_NOTHING && !job->up_to_date)
		return 0;
	dirname = get_dirname(tree, tree->depth);
	if (!dirname)
		dirname = made = dirname_new(NULL, ".", 1);
	ret = !dirname ? -ENOMEM :
		links_add(&job->links, device_of(st), st->stx_ino,
			  follow ? UINT32_MAX : st->stx_nlink, dirname,
			  spot->name);
	dirname_put(made);
	return ret;
}

/* The file's paths are in place. */
static int visit(struct tree *tree, int dir, const char *name, bool follow,
		 const struct spot *spot)
{
	struct job *job = tree->job;
	struct lkl_statx st;
	int ret;

	ret = job->from->statx(dir, name, follow ? 0 :
			       LKL_AT_SYMLINK_NOFOLLOW, &st);
	if (ret < 0)
		return job_source_error(job, ret, "cannot stat");
	if (!tree->depth)
		tree->device = device_of(&st);
	if (S_ISDIR(st.stx_mode))
		return enter(tree, dir, name, follow, &st, spot);
	return copy_other(tree, dir, name, follow, &st, spot);
}

static bool is_excluded(const struct job *job)
{
	const char *path = job->source.text + job->operand_len;

	path += strspn(path, "/");
	return filter_excludes(&job->settings->filter, path);
}

/* One step: the next name of the directory on top. */
static int step(struct tree *tree)
{
	struct level *level = top(tree);
	struct job *job = tree->job;
	size_t depth = tree->depth;
	struct spot spot;
	const char *name;
	int ret;

	ret = job_interrupted();
	if (ret)
		return ret;
	ret = directory_next(&level->directory, &name);
	if (ret == -ENOMEM)
		return ret;
	if (ret < 0)
		return job_source_error(job, ret, "cannot read directory");
	if (ret == 0) {
		/* Blocks of a directory that are damaged may only be logged. */
		job_check_log(job, job->into_image ?
			      "the image's file system has errors" :
			      "directory may be incomplete");
		return pop(tree);
	}
	if (strchr(name, '/'))
		return job_source_error(job, 0,
				"has an entry whose name has a slash");

	ret = path_push(&job->source, name);
	if (!ret)
		ret = path_push(&job->target, name);
	if (!ret && !is_excluded(job)) {
		spot = level->inside;
		spot.name = name;
		ret = visit(tree, level->directory.fd, name,
			    job->settings->follow == FOLLOW_ALL, &spot);
		if (!ret && !job->into_image)
			job_check_log(job, "damaged, may be incomplete");
	}
	if (tree->depth == depth && !ret) {
		path_cut(&job->source, top(tree)->source_len);
		path_cut(&job->target, top(tree)->target_len);
	}
	return ret;
}

int tree_copy(struct job *job, const char *name, bool follow,
	      const struct spot *spot)
{
	struct tree tree = { .job = job };
	int ret;

	ret = visit(&tree, job->from_base, name, follow, spot);
	while (!ret && tree.depth)
		ret = step(&tree);
	while (tree.depth)
		drop(&tree);
	free(tree.levels);
	/* Directories may be met again in another operand. */
	visited_free(&job->visited);
	return ret;
}

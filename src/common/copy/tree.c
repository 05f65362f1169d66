// SPDX-License-Identifier: GPL-2.0-only
/*
 * tree.c - copies a file, or a directory and all that is in it.
 *
 * The walk keeps one directory of the source open for each level, and this
 * file keeps the one of the target that belongs to it.  Every file is made by
 * name in an open directory that was not reached through a symbolic link, so
 * no link leads out of either tree.
 */
#include "copy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/tree/device.h"
#include "common/tree/walk.h"
#include "source-ahead.h"

/* The target's side of a level. */
struct target_directory {
	int fd;				/* -1 in a dry run */
	struct target_entry entry;	/* its own, in its parent */
	struct target_entry inside;	/* for the files that are made in it */
	bool existing;
	char name[];			/* the string of entry.name */
};

struct tree {
	struct job *job;
	struct walk walk;
	uint64_t device;		/* of the operand, for -x */
	struct source_ahead *ahead;	/* NULL: nothing is read ahead */
};

static struct tree *tree_of(struct walk *walk)
{
	return walk->opaque;
}

/* Finds out what the directory hands down to files that are made in it. */
static void read_inheritance(struct job *job, struct target_directory *to,
			     const struct lkl_statx *from_st)
{
	const struct file_ref file = { .fd = to->fd };
	struct lkl_statx st;

	if (to->fd < 0)
		return;
	/* One that we made has only inherited ACLs so far. */
	if (to->existing || to->entry.acl)
		to->inside.acl = job->to->getxattr(&file, XATTR_DEFAULT, NULL,
						   0) > 0;
	if (to->existing || to->entry.setgid || from_st->stx_mode & S_ISGID)
		to->inside.setgid = job->to->statx(to->fd, "", 0, &st) < 0 ||
			st.stx_mode & S_ISGID;
}

/* Takes @fd; NULL if memory is out. */
static struct target_directory *
target_directory_new(struct job *job, int fd, const struct target_entry *entry,
		     const struct lkl_statx *from_st, bool existing)
{
	size_t size = strlen(entry->name) + 1;
	struct target_directory *to = calloc(1, sizeof(*to) + size);

	if (!to) {
		if (fd >= 0)
			job->to->directory.close(fd);
		return NULL;
	}
	memcpy(to->name, entry->name, size);
	to->fd = fd;
	to->entry = *entry;
	to->entry.name = to->name;
	to->existing = existing;
	to->inside = (struct target_entry){ .dir = fd, .fresh = !existing };
	read_inheritance(job, to, from_st);
	return to;
}

static int copy_directory(struct tree *tree, int dir, const char *name,
			  bool follow, const struct lkl_statx *st,
			  const struct target_entry *entry)
{
	struct target_directory *own;
	struct job *job = tree->job;
	const char *what;
	int from, to, ret;

	if (job->settings->one_file_system && tree->walk.depth &&
	    device_of(st) != tree->device)
		return 0;
	from = walk_open(&tree->walk, dir, name, follow, st, &what);
	if (from < 0)
		return job_source_error(job, from == -ELOOP ? 0 : from, what);
	attributes_enter(job, from);
	ret = create_directory(job, entry, st, &to);
	if (ret <= 0) {
		job->from->directory.close(from);
		return ret;
	}
	job->directories++;
	job_show_copied(job);
	own = target_directory_new(job, to, entry, st,
				   ret == CREATED_EXISTING);
	if (!own) {
		job->from->directory.close(from);
		return -ENOMEM;
	}
	return walk_enter(&tree->walk, from, st, own);
}

/* Returns 1 if the file was copied before and is linked to that copy now. */
static int link_to_copy(struct job *job, const struct lkl_statx *st,
			const struct target_entry *entry)
{
	char *path;
	int ret;

	ret = links_find(&job->links, device_of(st), st->stx_ino, &path);
	if (ret <= 0)
		return ret;
	ret = create_link(job, entry, st, path);
	free(path);
	if (ret == -EMLINK)
		return 0;
	if (ret < 0)
		return ret;
	if (ret != CREATED_NOTHING) {
		job->hard_links++;
		job_show_copied(job);
	}
	return 1;
}

/* The next name of the source file becomes a link to this copy. */
static int remember_copy(struct tree *tree, const struct lkl_statx *st,
			 bool follow, const char *name)
{
	struct dirname *dirname = walk_dirname(&tree->walk), *own = NULL;
	int ret;

	if (!dirname)
		dirname = own = dirname_new(NULL, ".", 1);
	/* With links followed, nobody knows how many names there are. */
	ret = !dirname ? -ENOMEM :
		links_add(&tree->job->links, device_of(st), st->stx_ino,
			  follow ? UINT32_MAX : st->stx_nlink, dirname, name);
	dirname_put(own);
	return ret;
}

static int copy_nondirectory(struct tree *tree, int dir, const char *name,
			     bool follow, const struct lkl_statx *st,
			     const struct target_entry *entry)
{
	struct job *job = tree->job;
	/* A link that is followed is one more name of the file. */
	bool has_names = job->settings->keep & KEEP_LINKS &&
		(st->stx_nlink > 1 || follow);
	int ret;

	if (has_names) {
		ret = link_to_copy(job, st, entry);
		if (ret)
			return ret < 0 ? ret : 0;
	}
	job->up_to_date = false;
	ret = file_copy(job, dir, name, follow, st, entry);
	if (ret < 0 || ret == CREATED_STREAM || !has_names)
		return ret < 0 ? ret : 0;
	/* A file that -u found up to date can be linked to. */
	if (ret == CREATED_NOTHING && !job->up_to_date)
		return 0;
	return remember_copy(tree, st, follow, entry->name);
}

static int copy_entry(struct tree *tree, int dir, const char *name,
		      bool follow, const struct target_entry *entry)
{
	struct job *job = tree->job;
	struct lkl_statx st;
	int ret;

	ret = job->from->statx(dir, name, follow ? 0 :
			       LKL_AT_SYMLINK_NOFOLLOW, &st);
	if (ret < 0)
		return job_source_error(job, ret, "cannot stat");
	if (!tree->walk.depth)
		tree->device = device_of(&st);
	if (S_ISDIR(st.stx_mode))
		return copy_directory(tree, dir, name, follow, &st, entry);
	return copy_nondirectory(tree, dir, name, follow, &st, entry);
}

static bool is_excluded(const struct job *job)
{
	const char *path = job->source.text + job->operand_len;

	path += strspn(path, "/");
	return filter_excludes(&job->settings->filter, path);
}

static int tree_visit(struct walk *walk, int dir, const char *name)
{
	const struct target_directory *own = walk_top(walk)->own;
	struct tree *tree = tree_of(walk);
	struct job *job = tree->job;
	struct target_entry entry = own->inside;
	int ret = job_interrupted();

	source_ahead_note(tree->ahead);
	if (ret || is_excluded(job))
		return ret;
	entry.name = name;
	ret = copy_entry(tree, dir, name, job->settings->follow == FOLLOW_ALL,
			 &entry);
	if (!ret && !job->into_image)
		job_check_log(job, "damaged, may be incomplete");
	return ret;
}

/* Everything in it was made, so nothing changes its attributes any more. */
static int tree_leave(struct walk *walk, struct walk_level *level)
{
	const struct target_directory *own = level->own;
	const struct file_ref from = { .fd = level->directory.fd };
	const struct file_ref to = { .fd = own->fd };
	struct job *job = tree_of(walk)->job;
	int ret;

	/* For a damaged block of a directory there may be only a log entry. */
	job_check_log(job, job->into_image ?
		      "the image's file system has errors" :
		      "directory may be incomplete");
	if (own->fd < 0 || job->settings->dry_run)
		return 0;
	ret = attributes_read(job, &from);
	return ret ? ret : attributes_apply(job, &to, &level->st, &own->entry,
					    own->existing);
}

static void tree_close(struct walk *walk, struct walk_level *level)
{
	const struct target_directory *own = level->own;

	if (own->fd >= 0)
		tree_of(walk)->job->to->directory.close(own->fd);
}

static int tree_error(struct walk *walk, int code, const char *what)
{
	return job_source_error(tree_of(walk)->job, code, what);
}

static const struct walk_events tree_events = {
	.visit = tree_visit,
	.leave = tree_leave,
	.close = tree_close,
	.error = tree_error,
};

int tree_copy(struct job *job, const char *name, bool follow,
	      const struct target_entry *entry)
{
	struct tree tree = {
		.job = job,
		.walk = {
			.events = &tree_events,
			.opaque = &tree,
			.calls = job->from,
			.sort = job->settings->sort,
			.path = &job->source,
			.names = &job->target,
			.names_start = job->base_len,
		},
	};
	int ret = copy_entry(&tree, job->from_base, name, follow, entry);

	if (!ret && tree.walk.depth && job->from == &host_calls)
		tree.ahead = source_ahead_start(job->settings,
					walk_top(&tree.walk)->directory.fd);
	if (!ret)
		ret = walk_run(&tree.walk);
	source_ahead_stop(tree.ahead);
	walk_free(&tree.walk);
	return ret;
}

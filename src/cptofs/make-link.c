// SPDX-License-Identifier: GPL-2.0-only
/*
 * make-link.c - make another name for a file of the target.
 */
#include "make.h"

#include <errno.h>
#include <string.h>

#include "common/tree/device.h"
#include "below.h"
#include "way.h"

struct link_source {
	int dir;
	const char *name;
};

static int make_link_fn(struct job *job, const struct spot *spot,
			const struct lkl_statx *st, const void *argument)
{
	const struct link_source *source = argument;

	(void)st;
	return job->to->link(source->dir, source->name, spot->dir, spot->name);
}

/* Whether the new name stands for the old file already. */
static bool is_linked(const struct job *job, const struct spot *spot,
		      const struct link_source *source)
{
	struct lkl_statx a, b;

	return job->to->statx(spot->dir, spot->name, LKL_AT_SYMLINK_NOFOLLOW,
			      &a) >= 0 &&
		job->to->statx(source->dir, source->name,
			       LKL_AT_SYMLINK_NOFOLLOW, &b) >= 0 &&
		a.stx_ino == b.stx_ino && device_of(&a) == device_of(&b);
}

int make_link_at(struct job *job, const struct spot *spot,
		 const struct lkl_statx *st, int dir, const char *name)
{
	const struct link_source source = { dir, name };
	const struct recipe recipe = {
		.make = make_link_fn, .argument = &source,
	};
	enum verdict verdict = VERDICT_FREE;
	int ret = 0;

	if (limits_has(&job->limits, LIMIT_HARD_LINKS)) {
		limits_attribute(job, LIMIT_HARD_LINKS, KEEP_LINKS);
		return -EMLINK;
	}
	if (spot->fresh || !is_linked(job, spot, &source))
		ret = way_make(job, spot, st, &recipe, &verdict);
	if (verdict == VERDICT_LEAVE)
		return ret < 0 ? ret : MADE_NOTHING;
	if (ret == -EPERM || ret == -EOPNOTSUPP) {
		limits_attribute(job, LIMIT_HARD_LINKS, KEEP_LINKS);
		return -EMLINK;
	}
	if (ret == -EMLINK || ret == -ENOENT)
		return ret;
	if (ret < 0) {
		ret = job_target_error(job, ret, "cannot create hard link");
		return ret ? ret : MADE_NOTHING;
	}
	return MADE_NEW;
}

int make_link(struct job *job, const struct spot *spot,
	      const struct lkl_statx *st, const char *path)
{
	const char *slash = strrchr(path, '/');
	struct path parent = { 0 };
	int dir = job->to_base, ret;

	if (job->settings->dry_run)
		return MADE_NEW;
	if (slash && slash > path) {
		ret = path_push(&parent, path);
		if (ret < 0)
			return ret;
		path_cut(&parent, (size_t)(slash - path));
		dir = below_open(job->to, job->to_base, parent.text,
				 LKL_O_PATH | LKL_O_DIRECTORY | LKL_O_CLOEXEC);
		path_free(&parent);
	}
	ret = dir < 0 ? dir :
		make_link_at(job, spot, st, dir, slash ? slash + 1 : path);
	if (dir >= 0 && dir != job->to_base)
		job->to->directory.close(dir);
	/* The first name has gone, or cannot be reached any more. */
	return dir < 0 || ret == -ENOENT ? -EMLINK : ret;
}

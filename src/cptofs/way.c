// SPDX-License-Identifier: GPL-2.0-only
/*
 * way.c - what happens to something that is in the way of a new file.
 */
#include "way.h"

#include <errno.h>
#include <sys/stat.h>

#include "common/tree/device.h"

static bool is_older(const struct lkl_statx *st, const struct lkl_statx *than)
{
	return timestamp_is_later(
		timestamp_make(than->stx_mtime.tv_sec, than->stx_mtime.tv_nsec),
		timestamp_make(st->stx_mtime.tv_sec, st->stx_mtime.tv_nsec));
}

int way_clear(struct job *job, const struct spot *spot,
	      enum verdict *verdict)
{
	int ret = job->settings->dry_run ? 0 :
		job->to->unlink(spot->dir, spot->name);

	if (ret < 0 && ret != -ENOENT)
		return job_target_error(job, ret, "cannot remove");
	*verdict = VERDICT_FREE;
	return 0;
}

/* @st is what shall be made, and not a directory; @contents, what is in it. */
static int decide(struct job *job, const struct spot *spot,
		  const struct lkl_statx *st, bool contents,
		  enum verdict *verdict)
{
	const struct settings *settings = job->settings;
	struct lkl_statx old;
	int ret;

	*verdict = VERDICT_LEAVE;
	ret = job->to->statx(spot->dir, spot->name, LKL_AT_SYMLINK_NOFOLLOW,
			     &old);
	if (ret == -ENOENT) {
		*verdict = VERDICT_FREE;
		return 0;
	}
	if (ret >= 0 && S_ISLNK(old.stx_mode) && spot->follow) {
		ret = job->to->statx(spot->dir, spot->name, 0, &old);
		if (ret == -ENOENT)
			return job_target_error(job, 0,
				"not written through a dangling symbolic link");
	}
	if (ret < 0)
		return job_target_error(job, ret, "cannot stat");
	if (!job->into_image && job_is_image(job, &old))
		return job_target_error(job, 0,
				"is the image itself, not overwritten");
	if (S_ISDIR(old.stx_mode))
		return job_target_error(job, 0,
				"cannot overwrite directory with non-directory");
	/* Before the question whether the user wants it: he cannot know. */
	if (spot->fresh || (job->several &&
			    visited_has(&job->made, device_of(&old),
					old.stx_ino)))
		return job_target_error(job, 0,
				"will not overwrite what was just made");
	if (settings->keep_existing)
		return 0;
	if (settings->update && !is_older(&old, st)) {
		job->up_to_date = true;
		return 0;
	}
	if (settings->remove_existing)
		return way_clear(job, spot, verdict);
	if (contents && S_ISREG(old.stx_mode) &&
	    !(old.stx_nlink > 1 && settings->keep & KEEP_LINKS)) {
		*verdict = VERDICT_WRITE;
		return 0;
	}
	if (contents && spot->follow && !S_ISREG(old.stx_mode)) {
		*verdict = VERDICT_WRITE;
		return 0;
	}
	return way_clear(job, spot, verdict);
}

void way_note(struct job *job, const struct spot *spot, int fd)
{
	struct lkl_statx st;

	if (!job->several || job->settings->dry_run)
		return;
	if (job->to->statx(fd >= 0 ? fd : spot->dir, fd >= 0 ? "" : spot->name,
			   LKL_AT_SYMLINK_NOFOLLOW, &st) >= 0)
		visited_enter(&job->made, device_of(&st), st.stx_ino);
}

int way_make(struct job *job, const struct spot *spot,
	     const struct lkl_statx *st, const struct recipe *recipe,
	     enum verdict *ret_verdict)
{
	int ret, told;

	*ret_verdict = VERDICT_FREE;
	/* A dry run looks, and that is all; in new directories is nothing. */
	if (job->settings->dry_run)
		return spot->dir < 0 ? 0 :
			decide(job, spot, st, recipe->contents, ret_verdict);
	ret = recipe->make(job, spot, st, recipe->argument);
	if (ret != -EEXIST)
		return ret;
	told = decide(job, spot, st, recipe->contents, ret_verdict);
	if (told || *ret_verdict != VERDICT_FREE)
		return told;
	return recipe->make(job, spot, st, recipe->argument);
}

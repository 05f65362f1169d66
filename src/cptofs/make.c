// SPDX-License-Identifier: GPL-2.0-only
/*
 * make.c - make one file of the target, of any type.
 */
#include "make.h"

#include <errno.h>
#include <sys/stat.h>

#include "way.h"

#define OPEN_NEW (LKL_O_WRONLY | LKL_O_CREAT | LKL_O_EXCL | \
		  LKL_O_NOFOLLOW | LKL_O_CLOEXEC)
/* Not to wait for the other end of a pipe. */
#define OPEN_OLD (LKL_O_WRONLY | LKL_O_NONBLOCK | LKL_O_NOCTTY | \
		  LKL_O_CLOEXEC)
#define OPEN_DIRECTORY (LKL_O_RDONLY | LKL_O_DIRECTORY | LKL_O_NOFOLLOW | \
			LKL_O_NONBLOCK | LKL_O_CLOEXEC)

static int open_new(struct job *job, const struct spot *spot,
		    const struct lkl_statx *st)
{
	return job->to->open(spot->dir, spot->name, OPEN_NEW,
			     attributes_first_mode(job, st));
}

/* What is there, to be written to; or -errno, told. */
static int open_old(struct job *job, const struct spot *spot,
		    const struct lkl_statx *st, int *ret_fd)
{
	struct lkl_statx old;
	enum verdict verdict = VERDICT_LEAVE;
	int fd, ret;

	fd = job->to->open(spot->dir, spot->name, OPEN_OLD |
			   (spot->follow ? 0 : LKL_O_NOFOLLOW), 0);
	if (fd < 0 && job->settings->force) {
		ret = way_clear(job, spot, &verdict);
		if (ret || verdict == VERDICT_LEAVE)
			return ret ? ret : MADE_NOTHING;
		fd = open_new(job, spot, st);
		if (fd >= 0) {
			*ret_fd = fd;
			return MADE_NEW;
		}
	}
	if (fd < 0) {
		ret = job_target_error(job, fd, "cannot open for writing");
		return ret ? ret : MADE_NOTHING;
	}
	ret = job->to->statx(fd, "", 0, &old);
	if (ret >= 0 && !S_ISREG(old.stx_mode) && spot->follow) {
		*ret_fd = fd;
		return MADE_STREAM;
	}
	if (ret >= 0)
		ret = S_ISREG(old.stx_mode) ? job->to->truncate(fd, 0) : -EINVAL;
	if (ret < 0) {
		job->to->directory.close(fd);
		ret = job_target_error(job, ret, "cannot overwrite");
		return ret ? ret : MADE_NOTHING;
	}
	*ret_fd = fd;
	return MADE_EXISTING;
}

static int make_file_fn(struct job *job, const struct spot *spot,
			const struct lkl_statx *st, const void *argument)
{
	(void)argument;
	return open_new(job, spot, st);
}

int make_file(struct job *job, const struct spot *spot,
	      const struct lkl_statx *st, int *ret_fd)
{
	const struct recipe recipe = { .make = make_file_fn, .contents = true };
	enum verdict verdict;
	int ret;

	ret = way_make(job, spot, st, &recipe, &verdict);
	if (verdict == VERDICT_LEAVE)
		return ret < 0 ? ret : MADE_NOTHING;
	if (job->settings->dry_run) {
		*ret_fd = -1;
		return ret < 0 ? ret : MADE_NEW;
	}
	if (verdict == VERDICT_WRITE)
		ret = ret < 0 ? ret : open_old(job, spot, st, ret_fd);
	else if (ret < 0)
		ret = job_target_error(job, ret, "cannot create");
	else {
		*ret_fd = ret;
		ret = MADE_NEW;
	}
	if (ret > 0)
		way_note(job, spot, *ret_fd);
	return ret;
}

/* Directories have a rule of their own: what is there is used. */
int make_directory(struct job *job, const struct spot *spot,
		   const struct lkl_statx *st, int *ret_fd)
{
	struct lkl_statx old;
	int ret, fd, made = MADE_NEW;

	*ret_fd = -1;
	if (job->settings->dry_run) {
		ret = spot->dir < 0 ? -ENOENT :
			job->to->statx(spot->dir, spot->name,
				       LKL_AT_SYMLINK_NOFOLLOW, &old);
		if (ret == -ENOENT)
			return MADE_NEW;
		ret = ret < 0 ? ret : -EEXIST;
	} else {
		ret = job->to->mkdir(spot->dir, spot->name,
				     attributes_first_mode(job, st));
	}
	if (ret == -EEXIST) {
		made = MADE_EXISTING;
		ret = job->to->statx(spot->dir, spot->name,
				     LKL_AT_SYMLINK_NOFOLLOW, &old);
		if (ret >= 0 && !S_ISDIR(old.stx_mode)) {
			ret = job_target_error(job, 0,
				"cannot overwrite non-directory with directory");
			return ret ? ret : MADE_NOTHING;
		}
	}
	if (ret < 0) {
		ret = job_target_error(job, ret, "cannot create directory");
		return ret ? ret : MADE_NOTHING;
	}
	fd = job->to->open(spot->dir, spot->name, OPEN_DIRECTORY, 0);
	if (fd < 0) {
		ret = job_target_error(job, fd, "cannot open directory");
		return ret ? ret : MADE_NOTHING;
	}
	*ret_fd = fd;
	return made;
}

/* What is not opened gets its attributes here. */
static int make_closed(struct job *job, const struct spot *spot,
		       const struct lkl_statx *st, const struct recipe *recipe,
		       const char *what)
{
	const struct place place = {
		.fd = -1, .dir = spot->dir, .name = spot->name,
	};
	enum verdict verdict;
	int ret = way_make(job, spot, st, recipe, &verdict);

	if (verdict == VERDICT_LEAVE)
		return ret < 0 ? ret : MADE_NOTHING;
	if (ret < 0) {
		ret = job_target_error(job, ret, what);
		return ret ? ret : MADE_NOTHING;
	}
	if (job->settings->dry_run)
		return MADE_NEW;
	way_note(job, spot, -1);
	ret = attributes_apply(job, &place, st, spot, false);
	return ret ? ret : MADE_NEW;
}

static int make_symlink_fn(struct job *job, const struct spot *spot,
			   const struct lkl_statx *st, const void *argument)
{
	(void)st;
	return job->to->symlink(argument, spot->dir, spot->name);
}

int make_symlink(struct job *job, const struct spot *spot,
		 const struct lkl_statx *st, const char *target)
{
	const struct recipe recipe = {
		.make = make_symlink_fn, .argument = target,
	};

	if (limits_has(&job->limits, LIMIT_SYMLINKS)) {
		limits_file(job, LIMIT_SYMLINKS);
		return MADE_NOTHING;
	}
	return make_closed(job, spot, st, &recipe,
			   "cannot create symbolic link");
}

static int make_special_fn(struct job *job, const struct spot *spot,
			   const struct lkl_statx *st, const void *argument)
{
	(void)argument;
	return job->to->mknod(spot->dir, spot->name,
			      (st->stx_mode & S_IFMT) |
			      attributes_first_mode(job, st),
			      st->stx_rdev_major, st->stx_rdev_minor);
}

int make_special(struct job *job, const struct spot *spot,
		 const struct lkl_statx *st)
{
	const struct recipe recipe = { .make = make_special_fn };

	if (limits_has(&job->limits, LIMIT_SPECIALS)) {
		limits_file(job, LIMIT_SPECIALS);
		return MADE_NOTHING;
	}
	return make_closed(job, spot, st, &recipe,
			   S_ISFIFO(st->stx_mode) ? "cannot create fifo" :
			   S_ISSOCK(st->stx_mode) ? "cannot create socket" :
			   "cannot create device");
}

void make_undo(struct job *job, const struct spot *spot)
{
	if (!spot->follow)
		job->to->unlink(spot->dir, spot->name);
}

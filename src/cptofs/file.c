// SPDX-License-Identifier: GPL-2.0-only
/*
 * file.c - copy one file that is not a directory.
 */
#include "file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "data.h"

/* More than the kernel resolves. */
#define TARGET_MAX	8192

#define OPEN_FILE (LKL_O_RDONLY | LKL_O_NONBLOCK | LKL_O_NOATIME | \
		   LKL_O_NOCTTY | LKL_O_CLOEXEC)

static int copy_symlink(struct job *job, int dir, const char *name,
			const struct lkl_statx *st, const struct spot *spot)
{
	const struct place place = { .fd = -1, .dir = dir, .name = name };
	char target[TARGET_MAX];
	long len;
	int ret;

	len = job->from->readlink(dir, name, target, sizeof(target));
	if (len == 0)
		len = -ENOENT;		/* an empty one leads nowhere */
	if (len == sizeof(target))
		len = -ENAMETOOLONG;
	if (len < 0)
		return job_source_error(job, (int)len,
					"cannot read symbolic link");
	target[len] = '\0';
	/* It would be another one. */
	if (strlen(target) != (size_t)len)
		return job_source_error(job, 0,
				"symbolic link with a zero byte in it");
	ret = attributes_read(job, &place);
	return ret ? ret : make_symlink(job, spot, st, target);
}

static int copy_special(struct job *job, int dir, const char *name,
			const struct lkl_statx *st, const struct spot *spot)
{
	const struct place place = { .fd = -1, .dir = dir, .name = name };
	int ret = attributes_read(job, &place);

	return ret ? ret : make_special(job, spot, st);
}

static bool is_changed(const struct lkl_statx *a, const struct lkl_statx *b)
{
	return a->stx_size != b->stx_size ||
		a->stx_mtime.tv_sec != b->stx_mtime.tv_sec ||
		a->stx_mtime.tv_nsec != b->stx_mtime.tv_nsec;
}

/* Someone else may be writing to a file of the host. */
static int check_unchanged(struct job *job, int from,
			   const struct lkl_statx *st)
{
	struct lkl_statx now;

	/* What is in /proc and /sys changes by being looked at. */
	if (!job->into_image || !st->stx_size ||
	    job->from->statx(from, "", 0, &now) < 0 || !is_changed(st, &now))
		return 0;
	return job_source_error(job, 0, "changed while it was copied");
}

/* Both are open. */
static int copy_open(struct job *job, int from, int to,
		     const struct lkl_statx *st, const struct spot *spot,
		     int made)
{
	const struct place from_place = { .fd = from };
	const struct place to_place = { .fd = to };
	uint64_t failures = job->failures;
	int ret;

	ret = data_copy(job, from, to, st);
	data_done(job, to);
	if (ret || made == MADE_STREAM)
		return ret;
	/* One complaint about a file is enough. */
	if (job->failures == failures)
		ret = check_unchanged(job, from, st);
	if (!ret)
		ret = attributes_read(job, &from_place);
	if (!ret)
		ret = attributes_apply(job, &to_place, st, spot,
				       made == MADE_EXISTING);
	return ret;
}

/* The source is open. */
static int copy_from(struct job *job, int from, const struct lkl_statx *st,
		     const struct spot *spot)
{
	int to = -1, made, ret = 0;

	made = make_file(job, spot, st, &to);
	if (made <= 0)
		return made;
	if (to >= 0) {
		ret = copy_open(job, from, to, st, spot, made);
		job->to->directory.close(to);
		/* Half a file must not look like one. */
		if (ret)
			make_undo(job, spot);
	} else {
		job->bytes += st->stx_size;
	}
	return ret < 0 ? ret : ret == DATA_INCOMPLETE ? MADE_NOTHING : made;
}

static int copy_regular(struct job *job, int dir, const char *name,
			bool follow, const struct lkl_statx *st,
			const struct spot *spot)
{
	struct lkl_statx now = *st;
	int from, ret = 0;

	if (job->into_image && job_is_image(job, st))
		return job_source_error(job, 0,
					"is the image itself, not copied");
	from = job->from->open(dir, name, OPEN_FILE |
			       (follow ? 0 : LKL_O_NOFOLLOW), 0);
	if (from < 0)
		return job_source_error(job, from, "cannot open");
	/* On the host, it may be another one by now. */
	if (job->into_image) {
		ret = job->from->statx(from, "", 0, &now);
		if (ret < 0)
			ret = job_source_error(job, ret, "cannot stat");
		else if (!S_ISREG(now.stx_mode))
			ret = job_source_error(job, 0,
					"is not a file any more");
		else
			ret = 1;
	}
	if (ret >= 0 && (ret || !job->into_image))
		ret = copy_from(job, from, &now, spot);
	job->from->directory.close(from);
	return ret;
}

int file_copy(struct job *job, int dir, const char *name, bool follow,
	      const struct lkl_statx *st, const struct spot *spot)
{
	int ret;

	switch (st->stx_mode & S_IFMT) {
	case S_IFREG:
		ret = copy_regular(job, dir, name, follow, st, spot);
		if (ret > 0)
			job->files++;
		break;
	case S_IFLNK:
		ret = copy_symlink(job, dir, name, st, spot);
		if (ret > 0)
			job->others++;
		break;
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		ret = copy_special(job, dir, name, st, spot);
		if (ret > 0)
			job->others++;
		break;
	default:
		return job_source_error(job, 0, "unknown file type");
	}
	if (ret > 0)
		job_done(job);
	return ret;
}

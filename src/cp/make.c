// SPDX-License-Identifier: GPL-2.0-only
/*
 * make.c - make one file of the target, of any type.
 */
#include "make.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "../quote.h"
#include "../session.h"

#define OPEN_NEW (LKL_O_WRONLY | LKL_O_CREAT | LKL_O_EXCL | \
		  LKL_O_NOFOLLOW | LKL_O_CLOEXEC)
/* Not to wait for the other end of a pipe. */
#define OPEN_OLD (LKL_O_WRONLY | LKL_O_NONBLOCK | LKL_O_NOCTTY | \
		  LKL_O_CLOEXEC)
#define OPEN_DIRECTORY (LKL_O_RDONLY | LKL_O_DIRECTORY | LKL_O_NOFOLLOW | \
			LKL_O_NONBLOCK | LKL_O_CLOEXEC)

/* What to do about something that is at the spot already. */
enum verdict {
	VERDICT_LEAVE,		/* nothing is to be made */
	VERDICT_FREE,		/* it is gone */
	VERDICT_WRITE,		/* into what is there */
};

static uint64_t device_of(const struct lkl_statx *st)
{
	return (uint64_t)st->stx_dev_major << 32 | st->stx_dev_minor;
}

/* The host's file that the image is in. */
static bool is_image(const struct job *job, const struct lkl_statx *st)
{
	struct stat host = {
		.st_mode = st->stx_mode,
		.st_ino = st->stx_ino,
		.st_dev = makedev(st->stx_dev_major, st->stx_dev_minor),
		.st_rdev = makedev(st->stx_rdev_major, st->stx_rdev_minor),
	};

	return !job->into_image && session_is_image(job->session, &host);
}

static bool is_older(const struct lkl_statx *st, const struct lkl_statx *than)
{
	return timestamp_is_later(
		timestamp_make(than->stx_mtime.tv_sec, than->stx_mtime.tv_nsec),
		timestamp_make(st->stx_mtime.tv_sec, st->stx_mtime.tv_nsec));
}

/* Told already if 0 is returned, with *@verdict to leave it. */
static int make_way(struct job *job, const struct spot *spot,
		    enum verdict *verdict)
{
	int ret = job->settings->dry_run ? 0 :
		job->to->unlink(spot->dir, spot->name);

	if (ret < 0 && ret != -ENOENT)
		return job_target_error(job, ret, "cannot remove");
	*verdict = VERDICT_FREE;
	return 0;
}

/* @st is what shall be made, and not a directory. */
static int decide(struct job *job, const struct spot *spot,
		  const struct lkl_statx *st, enum verdict *verdict)
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
	if (is_image(job, &old))
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
	if (settings->update && !is_older(&old, st))
		return 0;
	if (settings->remove_existing)
		return make_way(job, spot, verdict);
	if (S_ISREG(st->stx_mode) && S_ISREG(old.stx_mode) &&
	    !(old.stx_nlink > 1 && settings->keep & KEEP_LINKS)) {
		*verdict = VERDICT_WRITE;
		return 0;
	}
	if (S_ISREG(st->stx_mode) && spot->follow && !S_ISREG(old.stx_mode)) {
		*verdict = VERDICT_WRITE;
		return 0;
	}
	return make_way(job, spot, verdict);
}

/* Remember what may not be overwritten by another source. */
static void note_made(struct job *job, const struct spot *spot, int fd)
{
	struct lkl_statx st;

	if (!job->several || job->settings->dry_run)
		return;
	if (job->to->statx(fd >= 0 ? fd : spot->dir, fd >= 0 ? "" : spot->name,
			   LKL_AT_SYMLINK_NOFOLLOW, &st) >= 0)
		visited_enter(&job->made, device_of(&st), st.stx_ino);
}

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
		ret = make_way(job, spot, &verdict);
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

/*
 * All that is made is made in this way: @make is tried, and if something is
 * in its way, that goes or stays, and @make is tried once more.
 */
typedef int make_fn(struct job *job, const struct spot *spot,
		    const struct lkl_statx *st, const void *argument);

static int make(struct job *job, const struct spot *spot,
		const struct lkl_statx *st, make_fn *fn, const void *argument,
		enum verdict *verdict)
{
	int ret, told;

	*verdict = VERDICT_FREE;
	/* A dry run looks, and that is all; in new directories is nothing. */
	if (job->settings->dry_run) {
		if (spot->dir < 0)
			return 0;
		ret = decide(job, spot, st, verdict);
		return ret;
	}
	ret = fn(job, spot, st, argument);
	if (ret != -EEXIST)
		return ret;
	told = decide(job, spot, st, verdict);
	if (told || *verdict != VERDICT_FREE)
		return told;
	return fn(job, spot, st, argument);
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
	enum verdict verdict;
	int ret;

	ret = make(job, spot, st, make_file_fn, NULL, &verdict);
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
		note_made(job, spot, *ret_fd);
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

/* Attributes of something that has just been made and is not opened. */
static int finish(struct job *job, const struct spot *spot,
		  const struct lkl_statx *st, int ret, enum verdict verdict,
		  const char *what)
{
	const struct place place = {
		.fd = -1, .dir = spot->dir, .name = spot->name,
	};

	if (verdict == VERDICT_LEAVE)
		return ret < 0 ? ret : MADE_NOTHING;
	if (ret < 0) {
		ret = job_target_error(job, ret, what);
		return ret ? ret : MADE_NOTHING;
	}
	if (job->settings->dry_run)
		return MADE_NEW;
	note_made(job, spot, -1);
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
	enum verdict verdict;
	int ret;

	if (limits_has(&job->limits, LIMIT_SYMLINKS)) {
		limits_file(job, LIMIT_SYMLINKS);
		return MADE_NOTHING;
	}
	ret = make(job, spot, st, make_symlink_fn, target, &verdict);
	return finish(job, spot, st, ret, verdict,
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
	enum verdict verdict;
	int ret;

	if (limits_has(&job->limits, LIMIT_SPECIALS)) {
		limits_file(job, LIMIT_SPECIALS);
		return MADE_NOTHING;
	}
	ret = make(job, spot, st, make_special_fn, NULL, &verdict);
	return finish(job, spot, st, ret, verdict,
		      S_ISFIFO(st->stx_mode) ? "cannot create fifo" :
		      S_ISSOCK(st->stx_mode) ? "cannot create socket" :
		      "cannot create device");
}

/* As much of a path as the kernel takes at once. */
#define PIECE_MAX 4000

int make_open_below(const struct calls *calls, int base, const char *path,
		    int flags)
{
	char piece[PIECE_MAX + 1];
	int at = base, fd;
	size_t len;

	for (;;) {
		len = strlen(path);
		if (len > PIECE_MAX) {
			len = PIECE_MAX;
			while (len && path[len] != '/')
				len--;
		}
		memcpy(piece, path, len);
		piece[len] = '\0';
		path += len;
		path += strspn(path, "/");
		fd = !len ? -ENAMETOOLONG :
			calls->open_path(at, piece, flags,
					 LKL_RESOLVE_BENEATH |
					 LKL_RESOLVE_NO_SYMLINKS |
					 LKL_RESOLVE_NO_MAGICLINKS);
		if (at != base)
			calls->directory.close(at);
		if (fd < 0 || !*path)
			return fd;
		at = fd;
	}
}

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
	enum verdict verdict = VERDICT_FREE;
	int ret = 0;

	if (limits_has(&job->limits, LIMIT_HARD_LINKS)) {
		limits_attribute(job, LIMIT_HARD_LINKS, KEEP_LINKS);
		return -EMLINK;
	}
	if (spot->fresh || !is_linked(job, spot, &source))
		ret = make(job, spot, st, make_link_fn, &source, &verdict);
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
		dir = make_open_below(job->to, job->to_base, parent.text,
				      LKL_O_PATH | LKL_O_DIRECTORY |
				      LKL_O_CLOEXEC);
		path_free(&parent);
	}
	ret = dir < 0 ? dir :
		make_link_at(job, spot, st, dir, slash ? slash + 1 : path);
	if (dir >= 0 && dir != job->to_base)
		job->to->directory.close(dir);
	/* The first name has gone, or cannot be reached any more. */
	return dir < 0 || ret == -ENOENT ? -EMLINK : ret;
}

void make_undo(struct job *job, const struct spot *spot)
{
	if (!spot->follow)
		job->to->unlink(spot->dir, spot->name);
}

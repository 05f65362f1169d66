// SPDX-License-Identifier: GPL-2.0-only
/*
 * create.c - makes one file of the target, of any type.
 *
 * Most names are free, so the call that makes the file comes first.  Only if
 * that fails with EEXIST is the existing file looked at.
 */
#include "create.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "common/tree/device.h"
#include "common/tree/directory.h"
#include "common/tree/remove.h"

#define OPEN_NEW (LKL_O_WRONLY | LKL_O_CREAT | LKL_O_EXCL | \
		  LKL_O_NOFOLLOW | LKL_O_CLOEXEC)
/* Does not wait for the other end of a pipe. */
#define OPEN_OLD (LKL_O_WRONLY | LKL_O_NONBLOCK | LKL_O_NOCTTY | \
		  LKL_O_CLOEXEC)
#define OPEN_DIRECTORY (LKL_O_RDONLY | LKL_O_DIRECTORY | LKL_O_NOFOLLOW | \
			LKL_O_NONBLOCK | LKL_O_CLOEXEC)

/* The fate of a file that already has the name. */
enum existing_action {
	EXISTING_KEPT,		/* it stays; nothing is made */
	EXISTING_GONE,		/* it was removed, or never existed */
	EXISTING_REUSED,	/* it is to be overwritten */
};

/* How to make a file. */
struct create_method {
	/* -EEXIST if another file has the name. */
	int (*make)(struct job *job, const struct target_entry *entry,
		    const struct lkl_statx *st, const void *argument);
	const void *argument;
	bool has_data;		/* an existing file may be overwritten */
};

static bool is_older(const struct lkl_statx *st, const struct lkl_statx *than)
{
	return timestamp_is_later(
		timestamp_make(than->stx_mtime.tv_sec, than->stx_mtime.tv_nsec),
		timestamp_make(st->stx_mtime.tv_sec, st->stx_mtime.tv_nsec));
}

static int remove_existing(struct job *job, const struct target_entry *entry,
			   enum existing_action *action)
{
	int ret;

	/* The caller tries again with the other directory. */
	if (job->stage >= 0 && entry->dir == job->to_base) {
		job->replaces = true;
		*action = EXISTING_KEPT;
		return 0;
	}
	ret = job->settings->dry_run ? 0 :
		job->to->unlink(entry->dir, entry->name);
	if (ret < 0 && ret != -ENOENT)
		return job_target_error(job, ret, "cannot remove");
	*action = EXISTING_GONE;
	return 0;
}

static int remove_existing_tree(struct job *job,
				const struct target_entry *entry,
				enum existing_action *action)
{
	int ret = job->settings->dry_run ? 0 :
		remove_tree(job->to, entry->dir, entry->name);

	if (ret < 0)
		return job_target_error(job, ret, "cannot remove");
	*action = EXISTING_GONE;
	return 0;
}

/* Whether the directory has this name letter by letter: 1, 0 or -errno. */
static int has_exact_name(const struct job *job,
			  const struct target_entry *entry)
{
	int fd = job->to->open(entry->dir, ".", OPEN_DIRECTORY, 0), ret;
	struct directory directory;
	const char *name;

	if (fd < 0)
		return fd;
	directory_init(&directory, &job->to->directory, fd, SORT_NONE);
	do {
		ret = directory_next(&directory, &name);
	} while (ret > 0 && strcmp(name, entry->name));
	directory_close(&directory);
	return ret;
}

/*
 * An earlier file of the same name is replaced.  One that the file system only takes
 * for it stays.  *@ret_stays: which it is.
 */
static int protect_other_name(struct job *job, const struct target_entry *entry,
			      bool *ret_stays)
{
	int ret;

	*ret_stays = false;
	if (!job->limits.folds_names || !job->settings->replace ||
	    entry->dir < 0)
		return 0;
	ret = has_exact_name(job, entry);
	*ret_stays = ret <= 0;
	return ret < 0 ? job_target_error(job, ret, "cannot read directory") :
		ret ? 0 : job_target_error(job, 0,
			"will not overwrite a file whose name is the same to this file system");
}

/*
 * Decides about an existing file, and removes it if it has to go.
 * @st: of the source, which is not a directory
 */
static int handle_existing(struct job *job, const struct target_entry *entry,
			   const struct lkl_statx *st, bool has_data,
			   enum existing_action *action)
{
	const struct settings *settings = job->settings;
	struct lkl_statx old;
	bool stays;
	int ret;

	*action = EXISTING_KEPT;
	ret = job->to->statx(entry->dir, entry->name, LKL_AT_SYMLINK_NOFOLLOW,
			     &old);
	if (ret == -ENOENT) {
		*action = EXISTING_GONE;
		return 0;
	}
	if (ret >= 0 && S_ISLNK(old.stx_mode) && entry->follow) {
		ret = job->to->statx(entry->dir, entry->name, 0, &old);
		if (ret == -ENOENT && has_data)
			return job_target_error(job, 0,
				"not written through a dangling symbolic link");
		if (ret == -ENOENT)
			ret = job->to->statx(entry->dir, entry->name,
					     LKL_AT_SYMLINK_NOFOLLOW, &old);
	}
	if (ret < 0)
		return job_target_error(job, ret, "cannot stat");
	if (!job->into_image && job_is_image(job, &old))
		return job_target_error(job, 0,
					"is the image itself, not overwritten");
	ret = protect_other_name(job, entry, &stays);
	if (ret || stays)
		return ret;
	if (S_ISDIR(old.stx_mode) && settings->replace && !entry->fresh)
		return remove_existing_tree(job, entry, action);
	if (S_ISDIR(old.stx_mode))
		return job_target_error(job, 0,
				"cannot overwrite directory with non-directory");
	/* Before any option: the user cannot know of this file. */
	if (entry->fresh || (job->several &&
			     visited_has(&job->made, device_of(&old),
					 old.stx_ino)))
		return job_target_error(job, 0,
				"will not overwrite a file that was just copied");
	if (settings->keep_existing)
		return 0;
	if (settings->update && !is_older(&old, st)) {
		job->up_to_date = true;
		return 0;
	}
	if (settings->remove_existing)
		return remove_existing(job, entry, action);
	if (has_data && S_ISREG(old.stx_mode) &&
	    !(old.stx_nlink > 1 && settings->keep & KEEP_LINKS)) {
		*action = EXISTING_REUSED;
		return 0;
	}
	if (has_data && entry->follow && !S_ISREG(old.stx_mode)) {
		*action = EXISTING_REUSED;
		return 0;
	}
	return remove_existing(job, entry, action);
}

/*
 * A later operand must not overwrite the file.
 * @fd: of the file; -1: it is not open
 */
static void remember_created(struct job *job, const struct target_entry *entry,
			     int fd)
{
	struct lkl_statx st;

	if (!job->several || job->settings->dry_run)
		return;
	if (job->to->statx(fd >= 0 ? fd : entry->dir, fd >= 0 ? "" : entry->name,
			   LKL_AT_SYMLINK_NOFOLLOW, &st) >= 0)
		visited_enter(&job->made, device_of(&st), st.stx_ino, false);
}

/*
 * Makes a file that is not a directory.  If another file has the name, that
 * one stays or goes as the user wants it, and then the call is repeated.
 * Returns the result of the call; 0 in a dry run, and if *@ret_action is not
 * EXISTING_GONE; or an error that ends the job.
 */
static int create_or_replace(struct job *job, const struct target_entry *entry,
	     const struct lkl_statx *st, const struct create_method *method,
			     enum existing_action *ret_action)
{
	int ret, decided;
	bool refused;

	*ret_action = EXISTING_KEPT;
	ret = limits_path(job, entry->name, &refused);
	if (ret < 0 || refused)
		return ret;
	*ret_action = EXISTING_GONE;
	/* A dry run makes no directories, so there is none to look into. */
	if (job->settings->dry_run)
		return entry->dir < 0 ? 0 :
			handle_existing(job, entry, st, method->has_data,
					ret_action);
	ret = method->make(job, entry, st, method->argument);
	if (ret != -EEXIST)
		return ret;
	decided = handle_existing(job, entry, st, method->has_data, ret_action);
	if (decided || *ret_action != EXISTING_GONE)
		return decided;
	return method->make(job, entry, st, method->argument);
}

static int open_new(struct job *job, const struct target_entry *entry,
		    const struct lkl_statx *st)
{
	return job->to->open(entry->dir, entry->name, OPEN_NEW,
			     attributes_first_mode(job, st));
}

/* Opens an existing file, to overwrite it.  Returns enum created or -errno. */
static int open_old(struct job *job, const struct target_entry *entry,
		    const struct lkl_statx *st, int *ret_fd)
{
	struct lkl_statx old;
	enum existing_action action = EXISTING_KEPT;
	int fd, ret;

	fd = job->to->open(entry->dir, entry->name, OPEN_OLD |
			   (entry->follow ? 0 : LKL_O_NOFOLLOW), 0);
	if (fd < 0 && job->settings->force) {
		ret = remove_existing(job, entry, &action);
		if (ret || action == EXISTING_KEPT)
			return ret ? ret : CREATED_NOTHING;
		fd = open_new(job, entry, st);
		if (fd >= 0) {
			*ret_fd = fd;
			return CREATED_NEW;
		}
	}
	if (fd < 0) {
		ret = job_target_error(job, fd, "cannot open for writing");
		return ret ? ret : CREATED_NOTHING;
	}
	ret = job->to->statx(fd, "", 0, &old);
	if (ret >= 0 && !S_ISREG(old.stx_mode) && entry->follow) {
		*ret_fd = fd;
		return CREATED_STREAM;
	}
	if (ret >= 0)
		ret = S_ISREG(old.stx_mode) ? job->to->truncate(fd, 0) : -EINVAL;
	if (ret < 0) {
		job->to->directory.close(fd);
		ret = job_target_error(job, ret, "cannot overwrite");
		return ret ? ret : CREATED_NOTHING;
	}
	*ret_fd = fd;
	return CREATED_EXISTING;
}

static int try_file(struct job *job, const struct target_entry *entry,
		    const struct lkl_statx *st, const void *argument)
{
	(void)argument;
	return open_new(job, entry, st);
}

int create_file(struct job *job, const struct target_entry *entry,
		const struct lkl_statx *st, int *ret_fd)
{
	const struct create_method method = {
		.make = try_file, .has_data = true,
	};
	enum existing_action action;
	int ret;

	ret = create_or_replace(job, entry, st, &method, &action);
	if (action == EXISTING_KEPT)
		return ret < 0 ? ret : CREATED_NOTHING;
	if (job->settings->dry_run) {
		*ret_fd = -1;
		return ret < 0 ? ret : CREATED_NEW;
	}
	if (action == EXISTING_REUSED)
		ret = ret < 0 ? ret : open_old(job, entry, st, ret_fd);
	else if (ret < 0)
		ret = job_target_error(job, ret, "cannot create");
	else {
		*ret_fd = ret;
		ret = CREATED_NEW;
	}
	if (ret > 0)
		remember_created(job, entry, *ret_fd);
	return ret;
}

/* An existing directory is always used. */
int create_directory(struct job *job, const struct target_entry *entry,
		     const struct lkl_statx *st, int *ret_fd)
{
	struct lkl_statx old;
	int ret, fd, made = CREATED_NEW;
	bool stays, refused;

	*ret_fd = -1;
	ret = limits_path(job, entry->name, &refused);
	if (ret < 0 || refused)
		return ret < 0 ? ret : CREATED_NOTHING;
	if (job->settings->dry_run) {
		ret = entry->dir < 0 ? -ENOENT :
			job->to->statx(entry->dir, entry->name,
				       LKL_AT_SYMLINK_NOFOLLOW, &old);
		if (ret == -ENOENT)
			return CREATED_NEW;
		ret = ret < 0 ? ret : -EEXIST;
	} else {
		ret = job->to->mkdir(entry->dir, entry->name,
				     attributes_first_mode(job, st));
	}
	if (ret == -EEXIST) {
		made = CREATED_EXISTING;
		ret = job->to->statx(entry->dir, entry->name,
				     LKL_AT_SYMLINK_NOFOLLOW, &old);
		if (ret >= 0 && !S_ISDIR(old.stx_mode) &&
		    job->settings->replace && !job->settings->dry_run &&
		    !entry->fresh) {
			ret = protect_other_name(job, entry, &stays);
			if (ret || stays)
				return ret ? ret : CREATED_NOTHING;
			made = CREATED_NEW;
			ret = job->to->unlink(entry->dir, entry->name);
			if (!ret)
				ret = job->to->mkdir(entry->dir, entry->name,
					attributes_first_mode(job, st));
		} else if (ret >= 0 && !S_ISDIR(old.stx_mode)) {
			ret = job_target_error(job, 0,
				"cannot overwrite non-directory with directory");
			return ret ? ret : CREATED_NOTHING;
		}
	}
	if (ret < 0) {
		ret = job_target_error(job, ret, "cannot create directory");
		return ret ? ret : CREATED_NOTHING;
	}
	fd = job->to->open(entry->dir, entry->name, OPEN_DIRECTORY, 0);
	if (fd < 0) {
		ret = job_target_error(job, fd, "cannot open directory");
		return ret ? ret : CREATED_NOTHING;
	}
	*ret_fd = fd;
	return made;
}

/* Makes a file that is not opened, and sets its attributes. */
static int create_unopened(struct job *job, const struct target_entry *entry,
			   const struct lkl_statx *st,
			   const struct create_method *method,
			   const char *what)
{
	const struct file_ref file = {
		.fd = -1, .dir = entry->dir, .name = entry->name,
	};
	enum existing_action action;
	int ret = create_or_replace(job, entry, st, method, &action);

	if (action == EXISTING_KEPT)
		return ret < 0 ? ret : CREATED_NOTHING;
	if (ret < 0) {
		ret = job_target_error(job, ret, what);
		return ret ? ret : CREATED_NOTHING;
	}
	if (job->settings->dry_run)
		return CREATED_NEW;
	remember_created(job, entry, -1);
	ret = attributes_apply(job, &file, st, entry, false);
	return ret ? ret : CREATED_NEW;
}

static int try_symlink(struct job *job, const struct target_entry *entry,
		       const struct lkl_statx *st, const void *argument)
{
	(void)st;
	return job->to->symlink(argument, entry->dir, entry->name);
}

int create_symlink(struct job *job, const struct target_entry *entry,
		   const struct lkl_statx *st, const char *target)
{
	const struct create_method method = {
		.make = try_symlink, .argument = target,
	};

	if (limits_has(&job->limits, LIMIT_SYMLINKS)) {
		limits_file(job, LIMIT_SYMLINKS);
		return CREATED_NOTHING;
	}
	return create_unopened(job, entry, st, &method,
			       "cannot create symbolic link");
}

static int try_special(struct job *job, const struct target_entry *entry,
		       const struct lkl_statx *st, const void *argument)
{
	(void)argument;
	return job->to->mknod(entry->dir, entry->name,
			      (st->stx_mode & S_IFMT) |
			      attributes_first_mode(job, st),
			      st->stx_rdev_major, st->stx_rdev_minor);
}

int create_special(struct job *job, const struct target_entry *entry,
		   const struct lkl_statx *st)
{
	const struct create_method method = { .make = try_special };

	if (limits_has(&job->limits, LIMIT_SPECIALS)) {
		limits_file(job, LIMIT_SPECIALS);
		return CREATED_NOTHING;
	}
	return create_unopened(job, entry, st, &method,
			       S_ISFIFO(st->stx_mode) ? "cannot create fifo" :
			       S_ISSOCK(st->stx_mode) ? "cannot create socket" :
			       "cannot create device");
}

/* A path that the kernel takes in one call is no longer than this. */
#define PATH_PIECE_MAX 4000

int open_beneath(const struct file_calls *calls, int base, const char *path,
		 int flags)
{
	char piece[PATH_PIECE_MAX + 1];
	int at = base, fd;
	size_t len;

	for (;;) {
		len = strlen(path);
		if (len > PATH_PIECE_MAX) {
			len = PATH_PIECE_MAX;
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

static int try_link(struct job *job, const struct target_entry *entry,
		    const struct lkl_statx *st, const void *argument)
{
	const struct link_source *source = argument;

	(void)st;
	return job->to->link(source->dir, source->name, entry->dir, entry->name);
}

/* Whether the entry is a name of the same file already. */
static bool is_same_file(const struct job *job, const struct target_entry *entry,
			 const struct link_source *source)
{
	struct lkl_statx a, b;

	return job->to->statx(entry->dir, entry->name, LKL_AT_SYMLINK_NOFOLLOW,
			      &a) >= 0 &&
		job->to->statx(source->dir, source->name,
			       LKL_AT_SYMLINK_NOFOLLOW, &b) >= 0 &&
		a.stx_ino == b.stx_ino && device_of(&a) == device_of(&b);
}

/* No file system has hard links to those; that says nothing of files. */
static bool is_directory(const struct job *job,
			 const struct link_source *source)
{
	struct lkl_statx st;

	return job->to->statx(source->dir, source->name,
			      LKL_AT_SYMLINK_NOFOLLOW, &st) >= 0 &&
		S_ISDIR(st.stx_mode);
}

int create_link_at(struct job *job, const struct target_entry *entry,
		   const struct lkl_statx *st, int dir, const char *name)
{
	const struct link_source source = { dir, name };
	const struct create_method method = {
		.make = try_link, .argument = &source,
	};
	enum existing_action action = EXISTING_GONE;
	int ret = 0;

	if (limits_has(&job->limits, LIMIT_HARD_LINKS)) {
		limits_attribute(job, LIMIT_HARD_LINKS, KEEP_LINKS);
		return -EMLINK;
	}
	if (entry->fresh || !is_same_file(job, entry, &source))
		ret = create_or_replace(job, entry, st, &method, &action);
	if (action == EXISTING_KEPT)
		return ret < 0 ? ret : CREATED_NOTHING;
	if (ret == -EPERM && is_directory(job, &source)) {
		ret = job_target_error(job, 0, "hard link to a directory");
		return ret ? ret : CREATED_NOTHING;
	}
	if (ret == -EPERM || ret == -EOPNOTSUPP) {
		limits_attribute(job, LIMIT_HARD_LINKS, KEEP_LINKS);
		return -EMLINK;
	}
	if (ret == -EMLINK || ret == -ENOENT)
		return ret;
	if (ret < 0) {
		ret = job_target_error(job, ret, "cannot create hard link");
		return ret ? ret : CREATED_NOTHING;
	}
	return CREATED_NEW;
}

int create_link(struct job *job, const struct target_entry *entry,
		const struct lkl_statx *st, const char *path)
{
	const char *slash = strrchr(path, '/');
	struct path parent = { 0 };
	int dir = job->to_base, ret;

	if (job->settings->dry_run)
		return CREATED_NEW;
	if (slash && slash > path) {
		ret = path_push(&parent, path);
		if (ret < 0)
			return ret;
		path_cut(&parent, (size_t)(slash - path));
		dir = open_beneath(job->to, job->to_base, parent.text,
				   LKL_O_PATH | LKL_O_DIRECTORY | LKL_O_CLOEXEC);
		path_free(&parent);
	}
	ret = dir < 0 ? dir :
		create_link_at(job, entry, st, dir, slash ? slash + 1 : path);
	if (dir >= 0 && dir != job->to_base)
		job->to->directory.close(dir);
	/* The first name is gone, or can no longer be reached. */
	return dir < 0 || ret == -ENOENT ? -EMLINK : ret;
}

void create_undo(struct job *job, const struct target_entry *entry)
{
	if (!entry->follow)
		job->to->unlink(entry->dir, entry->name);
}

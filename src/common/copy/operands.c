// SPDX-License-Identifier: GPL-2.0-only
/*
 * operands.c - the operands SOURCE... DEST.
 *
 * The rules are those of GNU cp.  If DEST is a directory, copies go into it
 * under their own names; otherwise DEST is the copy's name.  Symbolic links
 * in the path of DEST are followed, since the user wrote that path.  Those in
 * an image cannot lead out of it.
 */
#include "operands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/error.h"
#include "common/cli/quote.h"
#include "attributes.h"
#include "wildcards.h"
#include "copy.h"

#define OPEN_BASE (LKL_O_RDONLY | LKL_O_DIRECTORY | LKL_O_CLOEXEC)

/* The length of a path without slashes at its end; that of "/" is 1. */
static size_t trimmed_len(const char *path)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	return len;
}

/* The last component of a path, or ".", to be freed. */
static char *last_name(const char *path)
{
	size_t len = trimmed_len(path), start = len;
	char *name;

	while (start && path[start - 1] != '/')
		start--;
	name = strndup(path + start, len - start);
	if (name && (!*name || !strcmp(name, "/") || !strcmp(name, ".."))) {
		free(name);
		name = strdup(".");
	}
	return name;
}

/* The rest of the path, or ".", to be freed. */
static char *parent_of(const char *path)
{
	size_t len = trimmed_len(path);

	while (len && path[len - 1] != '/')
		len--;
	if (!len)
		return strdup(".");
	return strndup(path, trimmed_len(path) == 1 ? 1 : len);
}

/* A path that begins like the destination, as calls need it in the sandbox. */
static const char *call_path(const struct operands *operands, const char *path)
{
	size_t len = strlen(path);

	if (operands->has_root) {
		path += len < operands->root_len ? len : operands->root_len;
		path += strspn(path, "/");
	}
	return *path ? path : ".";
}

/* A directory was made in the one that the first @len bytes name. */
static int clamp_parent(struct job *job, const char *path, size_t len)
{
	char *name = len ? strndup(path, len) :
		strdup(*path == '/' ? "/" : ".");
	const struct file_ref file = {
		.fd = -1, .dir = LKL_AT_FDCWD, .name = name,
	};
	int ret = name ? attributes_clamp_times(job, &file) : -ENOMEM;

	free(name);
	return ret;
}

/* Makes a directory and its missing parents. */
static int make_directories(struct job *job, const char *path)
{
	unsigned int mode = 0777 & ~job->settings->umask;
	char *copy = strdup(path);
	size_t at = 0, parent;
	int ret = 0;
	char end;

	if (!copy)
		return -ENOMEM;
	while (copy[at]) {
		parent = at;
		at += strspn(copy + at, "/");
		at += strcspn(copy + at, "/");
		end = copy[at];
		copy[at] = '\0';
		ret = job->to->mkdir(LKL_AT_FDCWD, copy, mode);
		if (ret < 0 && ret != -EEXIST)
			break;
		ret = ret < 0 ? 0 : clamp_parent(job, copy, parent);
		if (ret < 0)
			break;
		copy[at] = end;
		at += strspn(copy + at, "/");
	}
	free(copy);
	return ret;
}

static int open_base(struct job *job, const struct operands *operands,
		     const char *path, struct lkl_error *err)
{
	const char *inside = call_path(operands, path);
	/* The sandbox lets nobody list the directory of an existing file. */
	int flags = OPEN_BASE | (operands->overwrites ? LKL_O_PATH : 0);
	int fd = job->to->open(LKL_AT_FDCWD, inside, flags, 0);
	bool make = operands->mkdir;

	if (fd == -ENOENT && make && !job->settings->dry_run) {
		fd = make_directories(job, inside);
		if (fd >= 0)
			fd = job->to->open(LKL_AT_FDCWD, inside, OPEN_BASE, 0);
	}
	/* A dry run that would make it goes on without a directory. */
	if (fd == -ENOENT && make && job->settings->dry_run)
		return 0;
	if (fd < 0)
		return error_set(err, fd, "cannot open directory %s: %s",
				 quote_name(path), lkl_strerror(fd));
	job->to_base = fd;
	if (!operands->staging)
		return 0;
	fd = job->to->open(LKL_AT_FDCWD, operands->staging, OPEN_BASE, 0);
	if (fd < 0)
		return error_set(err, fd, "cannot open directory %s: %s",
				 quote_name(operands->staging),
				 lkl_strerror(fd));
	job->stage = fd;
	return 0;
}

/* All copies go into the destination, under their own names. */
static int use_destination_directory(struct job *job,
				     const struct operands *operands,
				     struct lkl_error *err)
{
	int ret = open_base(job, operands, operands->dest, err);

	if (ret < 0)
		return ret;
	if (path_push(&job->target, operands->dest) < 0)
		return error_no_memory(err);
	job->base_len = job->target.len;
	return 0;
}

/* Not a link to one. */
static bool is_real_directory(struct job *job, const char *path)
{
	struct lkl_statx st;

	return job->to->statx(LKL_AT_FDCWD, path, LKL_AT_SYMLINK_NOFOLLOW,
			      &st) == 0 && S_ISDIR(st.stx_mode);
}

/* DEST is a link, to whatever. */
static bool is_link(struct job *job, const struct operands *operands)
{
	struct lkl_statx st;

	return job->to->statx(LKL_AT_FDCWD, call_path(operands, operands->dest),
			      LKL_AT_SYMLINK_NOFOLLOW, &st) == 0 &&
		S_ISLNK(st.stx_mode);
}

int operands_open_destination(struct job *job, const struct operands *operands,
			      size_t n, struct destination *ret_destination,
			      struct lkl_error *err)
{
	const char *dest = operands->dest;
	struct destination destination = { 0 };
	struct lkl_statx st;
	char *parent;
	bool itself;
	int ret;

	if (!*dest)
		return error_set(err, -ENOENT, "empty destination");
	ret = job->to->statx(LKL_AT_FDCWD, call_path(operands, dest), 0, &st);
	if (ret < 0 && ret != -ENOENT)
		return error_set(err, ret, "cannot access %s: %s",
				 quote_name(dest), lkl_strerror(ret));
	destination.trailing_slash = trimmed_len(dest) < strlen(dest);
	if (operands->dest_is_directory || n > 1 ||
	    (ret == 0 && S_ISDIR(st.stx_mode) && !operands->dest_is_file) ||
	    (ret < 0 && destination.trailing_slash && operands->mkdir &&
	     !operands->dest_is_file)) {
		if (ret == 0 && !S_ISDIR(st.stx_mode))
			return error_set(err, -ENOTDIR,
					 "destination %s is not a directory",
					 quote_name(dest));
		*ret_destination = destination;
		return use_destination_directory(job, operands, err);
	}

	if (ret == 0 ? !S_ISDIR(st.stx_mode) :
	    !job->settings->remove_existing && is_link(job, operands))
		destination.follow = true;
	/* In the sandbox, nothing above an existing directory has a name. */
	itself = is_real_directory(job, call_path(operands, dest));
	destination.name = itself ? strdup(".") : last_name(dest);
	parent = itself ? strdup(dest) : parent_of(dest);
	ret = destination.name && parent ? 0 : -ENOMEM;
	/* "/" and ".." are opened themselves. */
	if (!ret && !strcmp(destination.name, "."))
		ret = open_base(job, operands, dest, err);
	else if (!ret)
		ret = open_base(job, operands, parent, err);
	if (!ret && strcmp(parent, "."))
		ret = path_push(&job->target, parent);
	if (ret == -ENOMEM)
		error_no_memory(err);
	job->base_len = job->target.len;
	free(parent);
	if (ret < 0)
		free(destination.name);
	else
		*ret_destination = destination;
	return ret;
}

static int copy_operand(struct job *job, const char *source,
			const struct destination *destination)
{
	bool slash = trimmed_len(source) < strlen(source);
	bool follow = slash || job->settings->follow != FOLLOW_NONE;
	char *source_name = last_name(source);
	char *name = destination->name ? strdup(destination->name) :
		last_name(source);
	struct target_entry entry = {
		.dir = job->to_base, .name = name,
		.follow = destination->follow,
	};
	struct lkl_statx st;
	int ret;

	path_cut(&job->source, 0);
	path_cut(&job->target, job->base_len);
	ret = name && source_name ? path_push(&job->source, source) : -ENOMEM;
	/* Messages name "/x", not "/./x". */
	if (!ret && (!job->target.len || strcmp(name, ".")))
		ret = path_push(&job->target, name);
	if (ret < 0)
		goto out;
	job->operand_len = job->source.len;

	ret = job->from->statx(job->from_base, source, follow ? 0 :
			       LKL_AT_SYMLINK_NOFOLLOW, &st);
	if (ret < 0) {
		ret = job_source_error(job, ret, "cannot stat");
		goto out;
	}
	if (destination->trailing_slash && destination->name &&
	    !S_ISDIR(st.stx_mode)) {
		ret = job_target_error(job, -ENOTDIR,
				       "cannot create a file of this name");
		goto out;
	}
	if (slash && !S_ISDIR(st.stx_mode)) {
		ret = job_source_error(job, -ENOTDIR, "cannot stat");
		goto out;
	}
	if (!filter_excludes(&job->settings->filter, source_name))
		ret = tree_copy(job, source, follow, &entry);
	if (job->replaces) {
		job->replaces = false;
		entry.dir = job->stage;
		entry.follow = false;
		ret = ret < 0 ? ret : tree_copy(job, source, follow, &entry);
	}
out:
	free(source_name);
	free(name);
	return ret;
}

int operands_clamp_destination(struct job *job)
{
	const struct file_ref file = { .fd = job->to_base };

	path_cut(&job->target, job->base_len);
	return job->to_base >= 0 ? attributes_clamp_times(job, &file) : 0;
}

int operands_copy(struct job *job, const struct operands *operands,
		  struct lkl_error *err)
{
	struct destination destination;
	struct wildcard_list list = { 0 };
	size_t i;
	int ret = 0;

	/* The current directory of the image's kernel will change. */
	job->from_base = job->from->open(LKL_AT_FDCWD, ".", LKL_O_RDONLY |
					 LKL_O_PATH | LKL_O_DIRECTORY |
					 LKL_O_CLOEXEC, 0);
	if (job->from_base < 0)
		return error_set(err, job->from_base,
				 "cannot open the current directory: %s",
				 lkl_strerror(job->from_base));
	if (path_push(&job->source, "") < 0 || path_push(&job->target, "") < 0)
		return error_no_memory(err);
	for (i = 0; i < operands->n && !ret; i++)
		ret = job->into_image ?
			wildcard_list_add(&list, operands->sources[i]) :
			wildcard_expand(job, operands->sources[i], &list);
	if (ret < 0) {
		wildcard_list_free(&list);
		return error_no_memory(err);
	}
	if (!list.n) {
		wildcard_list_free(&list);
		return 0;
	}

	ret = operands_open_destination(job, operands, list.n, &destination,
					err);
	if (ret < 0) {
		wildcard_list_free(&list);
		return ret;
	}
	job->several = list.n > 1;
	limits_find(job);
	file_begin(job);
	for (i = 0; i < list.n && !ret; i++)
		ret = copy_operand(job, list.at[i], &destination);
	if (!ret && !operands->overwrites)
		ret = operands_clamp_destination(job);
	free(destination.name);
	wildcard_list_free(&list);
	if (ret < 0 && ret != -EINTR && ret != -ENOSPC)
		error_set(err, ret, "%s", lkl_strerror(ret));
	return ret;
}

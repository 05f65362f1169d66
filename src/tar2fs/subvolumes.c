// SPDX-License-Identifier: GPL-2.0-only
/*
 * subvolumes.c - the subvolumes of a new btrfs.
 *
 * They are empty directories when the copy begins, and the inputs fill them.
 */
#include "subvolumes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lkl/linux/btrfs.h>

#include "common/cli/quote.h"
#include "common/copy/archive-path.h"
#include "common/error.h"

int subvolumes_add(struct subvolumes *subvolumes, const char *path,
		   struct lkl_error *err)
{
	char **larger = realloc(subvolumes->at, (subvolumes->n + 1) *
				sizeof(*larger));
	char *clean;
	int ret;

	if (!larger)
		return error_no_memory(err);
	subvolumes->at = larger;
	ret = member_path(path, &clean);
	if (ret == -ENOMEM)
		return error_no_memory(err);
	if (ret < 0 || !strcmp(clean, ".")) {
		if (!ret)
			free(clean);
		return error_set(err, -EINVAL, "not a path below the root: %s",
				 quote_name(path));
	}
	subvolumes->at[subvolumes->n++] = clean;
	return 0;
}

int subvolumes_add_snapshot(struct subvolumes *subvolumes,
			    const char *argument, struct lkl_error *err)
{
	const char *colon = strrchr(argument, ':');
	struct snapshot *larger = realloc(subvolumes->snapshots,
		(subvolumes->n_snapshots + 1) * sizeof(*larger));
	struct snapshot snapshot = { NULL, NULL };
	char *source = colon ? strndup(argument, (size_t)(colon - argument)) :
		NULL;
	int ret;

	if (!larger || (colon && !source)) {
		free(source);
		if (larger)
			subvolumes->snapshots = larger;
		return error_no_memory(err);
	}
	subvolumes->snapshots = larger;
	ret = colon ? member_path(source, &snapshot.source) : -EINVAL;
	free(source);
	if (!ret)
		ret = member_path(colon + 1, &snapshot.name);
	if (!ret && !strcmp(snapshot.name, "."))
		ret = -EINVAL;
	if (ret < 0) {
		free(snapshot.source);
		free(snapshot.name);
		return ret == -ENOMEM ? error_no_memory(err) :
			error_set(err, ret, "not SOURCE:NAME with paths below the root: %s",
				  quote_name(argument));
	}
	subvolumes->snapshots[subvolumes->n_snapshots++] = snapshot;
	return 0;
}

void subvolumes_free(struct subvolumes *subvolumes)
{
	while (subvolumes->n_snapshots) {
		subvolumes->n_snapshots--;
		free(subvolumes->snapshots[subvolumes->n_snapshots].source);
		free(subvolumes->snapshots[subvolumes->n_snapshots].name);
	}
	free(subvolumes->snapshots);
	subvolumes->snapshots = NULL;
	while (subvolumes->n)
		free(subvolumes->at[--subvolumes->n]);
	free(subvolumes->at);
	subvolumes->at = NULL;
}

/* Opens the directory that @path is in, and makes it if it is not there. */
static int open_parent(char *path, const char **ret_name)
{
	const int flags = LKL_O_RDONLY | LKL_O_DIRECTORY | LKL_O_CLOEXEC;
	char *slash = path;
	long fd = lkl_sys_openat(LKL_AT_FDCWD, "/", flags, 0), next;

	*ret_name = path;
	while (fd >= 0 && (slash = strchr(slash, '/'))) {
		*slash = '\0';
		next = lkl_sys_mkdirat((int)fd, *ret_name, 0755);
		if (!next || next == -LKL_EEXIST)
			next = lkl_sys_openat((int)fd, *ret_name, flags, 0);
		lkl_sys_close((unsigned int)fd);
		fd = next;
		*slash++ = '/';
		*ret_name = slash;
	}
	return (int)fd;
}

static int make_subvolume(char *path, struct lkl_error *err)
{
	struct lkl_btrfs_ioctl_vol_args args = { .fd = 0 };
	const char *name;
	long ret;
	int fd;

	fd = open_parent(path, &name);
	if (fd < 0)
		return error_set(err, fd, "cannot make the directory of subvolume %s: %s",
				 quote_name(path), lkl_strerror(fd));
	if (strlen(name) > LKL_BTRFS_SUBVOL_NAME_MAX) {
		ret = -ENAMETOOLONG;
	} else {
		snprintf(args.name, sizeof(args.name), "%s", name);
		ret = lkl_sys_ioctl((unsigned int)fd,
				    LKL_BTRFS_IOC_SUBVOL_CREATE,
				    (unsigned long)&args);
	}
	lkl_sys_close((unsigned int)fd);
	return ret < 0 ? error_set(err, (int)ret,
				   "cannot make subvolume %s: %s",
				   quote_name(path), lkl_strerror((int)ret)) :
		0;
}

int subvolumes_make(const struct subvolumes *subvolumes, struct lkl_error *err)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < subvolumes->n && !ret; i++)
		ret = make_subvolume(subvolumes->at[i], err);
	return ret;
}

/* The root directory of each subvolume has this inode number. */
#define SUBVOLUME_INODE	256

/* Later, an input may have put a link or another file on the path. */
static int check_subvolume(const char *path, struct lkl_error *err)
{
	struct lkl_open_how how = {
		.flags = LKL_O_PATH | LKL_O_DIRECTORY | LKL_O_CLOEXEC,
		.resolve = LKL_RESOLVE_IN_ROOT | LKL_RESOLVE_NO_SYMLINKS,
	};
	struct lkl_statx st;
	long root, fd, ret;

	ret = root = lkl_sys_openat(LKL_AT_FDCWD, "/", LKL_O_RDONLY |
				    LKL_O_DIRECTORY | LKL_O_CLOEXEC, 0);
	if (root >= 0) {
		ret = fd = lkl_sys_openat2((int)root, path, &how, sizeof(how));
		lkl_sys_close((unsigned int)root);
		if (fd >= 0) {
			ret = lkl_sys_statx((int)fd, "", LKL_AT_EMPTY_PATH,
					    LKL_STATX_INO, &st);
			lkl_sys_close((unsigned int)fd);
		}
	}
	if (!ret && st.stx_ino == SUBVOLUME_INODE)
		return 0;
	if (!ret || ret == -LKL_ELOOP || ret == -LKL_ENOTDIR ||
	    ret == -LKL_ENOENT)
		return error_set(err, -EEXIST,
				 "cannot make subvolume %s: an input has a link or another file on its path",
				 quote_name(path));
	return error_set(err, (int)ret, "cannot look at subvolume %s: %s",
			 quote_name(path), lkl_strerror((int)ret));
}

int subvolumes_check(const struct subvolumes *subvolumes, struct lkl_error *err)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < subvolumes->n && !ret; i++)
		ret = check_subvolume(subvolumes->at[i], err);
	return ret;
}

/* @source: open, to be snapshot */
static long take_snapshot_of(int source, char *path)
{
	struct lkl_btrfs_ioctl_vol_args_v2 args = {
		.fd = source, .flags = LKL_BTRFS_SUBVOL_RDONLY,
	};
	const char *name;
	long ret;
	int fd = open_parent(path, &name);

	if (fd < 0)
		return fd;
	if (strlen(name) > LKL_BTRFS_SUBVOL_NAME_MAX) {
		ret = -ENAMETOOLONG;
	} else {
		snprintf(args.name, sizeof(args.name), "%s", name);
		ret = lkl_sys_ioctl((unsigned int)fd,
				    LKL_BTRFS_IOC_SNAP_CREATE_V2,
				    (unsigned long)&args);
	}
	lkl_sys_close((unsigned int)fd);
	return ret;
}

static int take_snapshot(const struct snapshot *snapshot, struct lkl_error *err)
{
	long root, source, ret;

	ret = root = lkl_sys_openat(LKL_AT_FDCWD, "/", LKL_O_RDONLY |
				    LKL_O_DIRECTORY | LKL_O_CLOEXEC, 0);
	if (root >= 0) {
		ret = source = lkl_sys_openat((int)root, snapshot->source,
					      LKL_O_RDONLY | LKL_O_DIRECTORY |
					      LKL_O_NOFOLLOW | LKL_O_CLOEXEC, 0);
		lkl_sys_close((unsigned int)root);
		if (source >= 0) {
			ret = take_snapshot_of((int)source, snapshot->name);
			lkl_sys_close((unsigned int)source);
		}
	}
	if (ret == -EINVAL)
		return error_set(err, -EINVAL, "cannot make a snapshot of %s: it is no subvolume",
				 quote_name(snapshot->source));
	return ret < 0 ? error_set(err, (int)ret,
				   "cannot make snapshot %s of %s: %s",
				   quote_name(snapshot->name),
				   quote_name(snapshot->source),
				   lkl_strerror((int)ret)) : 0;
}

int subvolumes_take_snapshots(const struct subvolumes *subvolumes,
			      struct lkl_error *err)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < subvolumes->n_snapshots && !ret; i++)
		ret = take_snapshot(&subvolumes->snapshots[i], err);
	return ret;
}

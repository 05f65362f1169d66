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

void subvolumes_free(struct subvolumes *subvolumes)
{
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

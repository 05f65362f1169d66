// SPDX-License-Identifier: GPL-2.0-only
/*
 * node.c - block devices of the kernel inside, by the path of their node.
 */
#include "node.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <lkl/linux/fs.h>

#include "common/error.h"

/* Make the directory of @path, but not the one above it. */
static int make_directory(const char *path, struct lkl_error *err)
{
	const char *slash = strrchr(path, '/');
	char directory[256];
	long ret;

	if (!slash || slash == path)
		return 0;
	snprintf(directory, sizeof(directory), "%.*s", (int)(slash - path),
		 path);
	ret = lkl_sys_mkdirat(LKL_AT_FDCWD, directory, 0700);
	if (ret < 0 && ret != -LKL_EEXIST)
		return error_set(err, (int)ret, "cannot make %s: %s", directory,
				 lkl_strerror((int)ret));
	return 0;
}

int node_make(const char *path, unsigned int mode, unsigned int dev,
	      struct lkl_error *err)
{
	long ret = make_directory(path, err);

	if (ret < 0)
		return (int)ret;
	ret = lkl_sys_mknodat(LKL_AT_FDCWD, path, mode, dev);
	if (ret == -LKL_EEXIST) {
		lkl_sys_unlinkat(LKL_AT_FDCWD, path, 0);
		ret = lkl_sys_mknodat(LKL_AT_FDCWD, path, mode, dev);
	}
	if (ret < 0)
		return error_set(err, (int)ret, "cannot make %s: %s", path,
				 lkl_strerror((int)ret));
	return 0;
}

int node_open(const char *path, int flags, struct lkl_error *err)
{
	long fd = lkl_sys_openat(LKL_AT_FDCWD, path, flags | LKL_O_CLOEXEC, 0);

	if (fd < 0)
		return error_set(err, (int)fd, "cannot open %s: %s", path,
				 lkl_strerror((int)fd));
	return (int)fd;
}

int node_size(const char *path, uint64_t *ret_size, struct lkl_error *err)
{
	int fd = node_open(path, LKL_O_RDONLY, err);
	uint64_t size = 0;
	long ret;

	if (fd < 0)
		return fd;
	ret = lkl_sys_ioctl((unsigned int)fd, LKL_BLKGETSIZE64,
			    (unsigned long)&size);
	lkl_sys_close((unsigned int)fd);
	if (ret < 0)
		return error_set(err, (int)ret, "size of %s: %s", path,
				 lkl_strerror((int)ret));
	*ret_size = size;
	return 0;
}

int node_number(const char *path, char ret_number[NODE_NUMBER_MAX],
		struct lkl_error *err)
{
	struct lkl_statx st;
	long ret = lkl_sys_statx(LKL_AT_FDCWD, path, 0, LKL_STATX_TYPE, &st);

	if (ret < 0)
		return error_set(err, (int)ret, "%s: %s", path,
				 lkl_strerror((int)ret));
	snprintf(ret_number, NODE_NUMBER_MAX, "%u:%u", st.stx_rdev_major,
		 st.stx_rdev_minor);
	return 0;
}

int node_read(int fd, void *buf, size_t len, uint64_t offset)
{
	char *at = buf;
	long n;

	for (; len; len -= (size_t)n, at += n, offset += (uint64_t)n) {
		n = lkl_sys_pread64((unsigned int)fd, at, len, (loff_t)offset);
		if (n < 0)
			return (int)n;
		if (!n)
			return -EIO;
	}
	return 0;
}

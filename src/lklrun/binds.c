// SPDX-License-Identifier: GPL-2.0-only
/*
 * binds.c - the places where the program sees files of the host: their mounts
 * inside, and finding them.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "binds.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "common/error.h"
#include "common/path-below.h"
#include "common/same-file.h"
#include "roots.h"

#define PROC_MAGIC	0x9fa0	/* linux/magic.h: PROC_SUPER_MAGIC */

static struct bind_point *points;
static struct bind *sorted;	/* the binds that the points are made of */
static unsigned int n_points;
static uint64_t marker_device;

/* The device, as one number, and the inode number of the file behind @fd. */
static long get_identity(int fd, uint64_t *ret_device, uint64_t *ret_ino,
			 uint32_t *ret_mode)
{
	struct lkl_statx st;
	long ret = lkl_sys_statx(fd, "", LKL_AT_EMPTY_PATH,
				 LKL_STATX_TYPE | LKL_STATX_INO, &st);

	if (ret < 0)
		return ret;
	*ret_device = (uint64_t)st.stx_dev_major << 32 | st.stx_dev_minor;
	*ret_ino = st.stx_ino;
	*ret_mode = st.stx_mode;
	return 0;
}

static long open_in_root(int root, const char *path, uint64_t flags)
{
	struct lkl_open_how how = {
		.flags = LKL_O_PATH | LKL_O_CLOEXEC | flags,
		.resolve = LKL_RESOLVE_IN_ROOT,
	};

	return lkl_sys_openat2(root, path, &how, sizeof(how));
}

/* Open the host's side. */
static int open_host(struct bind_point *point, struct lkl_error *err)
{
	const struct bind *bind = point->bind;
	struct stat here, there;
	struct statfs fs;

	point->host = open(bind->host, O_PATH | O_CLOEXEC);
	if (point->host < 0 || fstat(point->host, &here) ||
	    fstatfs(point->host, &fs))
		return error_set(err, -errno, "%s: %s", bind->host,
				 strerror(errno));
	point->proc = fs.f_type == PROC_MAGIC && S_ISDIR(here.st_mode);
	point->same = !stat(bind->path, &there) &&
		      stat_is_same_file(&here, &there);
	return S_ISDIR(here.st_mode);
}

/*
 * Open the mount point inside, and make it if there is none: a directory, and
 * those above it, or an empty file.  With @optional, -ENOENT instead.
 */
static long open_target(int root, const char *path, bool directory,
			bool optional, int *ret_parent, struct lkl_error *err)
{
	char part[PATH_MAX];
	const char *slash = path;
	long dir = -1, fd;
	bool last;

	do {
		slash = strchrnul(slash + 1, '/');
		last = !*slash;
		if ((size_t)(slash - path) >= sizeof(part)) {
			fd = -ENAMETOOLONG;
			break;
		}
		memcpy(part, path, (size_t)(slash - path));
		part[slash - path] = '\0';
		fd = open_in_root(root, part,
				  directory || !last ? LKL_O_DIRECTORY : 0);
		if (fd == -ENOENT && !optional) {
			const char *name = strrchr(part, '/') + 1;
			int at = dir < 0 ? root : (int)dir;

			fd = last && !directory ?
			     lkl_sys_mknodat(at, name, LKL_S_IFREG | 0644, 0) :
			     lkl_sys_mkdirat(at, name, 0755);
			if (fd == 0)
				fd = open_in_root(root, part, 0);
		}
		if (fd < 0)
			break;
		if (last)
			*ret_parent = dir < 0 ? root : (int)dir;
		else if (dir >= 0)
			lkl_sys_close((unsigned int)dir);
		if (!last)
			dir = fd;
	} while (!last);
	if (fd < 0) {
		if (dir >= 0)
			lkl_sys_close((unsigned int)dir);
		if (fd == -ENOENT && optional)
			return fd;
		if (fd == -ENOTDIR && last)
			return error_set(err, (int)fd,
					 "%s is a folder on the host, but a file in the image",
					 path);
		return error_set(err, (int)fd,
				 "cannot use %s in the image for files of the host: %s",
				 path, lkl_strerror((int)fd));
	}
	return fd;
}

/* Mount the file or directory @name of the markers at @target. */
static long mount_marker(int markers, const char *name, bool directory,
			 int target, struct bind_point *point)
{
	uint64_t device;
	uint32_t mode;
	long fd, ret;

	ret = directory ? lkl_sys_mkdirat(markers, name, 0755) :
	      lkl_sys_mknodat(markers, name, LKL_S_IFREG | 0644, 0);
	if (ret < 0)
		return ret;
	fd = lkl_sys_open_tree(markers, name,
			       LKL_OPEN_TREE_CLONE | LKL_OPEN_TREE_CLOEXEC);
	if (fd < 0)
		return fd;
	ret = get_identity((int)fd, &device, &point->marker, &mode);
	if (ret == 0)
		ret = lkl_sys_move_mount((int)fd, "", target, "",
					 LKL_MOVE_MOUNT_F_EMPTY_PATH |
					 LKL_MOVE_MOUNT_T_EMPTY_PATH);
	if (ret < 0) {
		lkl_sys_close((unsigned int)fd);
		return ret;
	}
	marker_device = device;
	point->mounted = (int)fd;
	return 0;
}

/*
 * A file system for the markers, which is not mounted anywhere yet.  A mount can only
 * be cloned while it is: mount_points() mounts it over the root directory for a while.
 */
static long make_markers(void)
{
	long fs = lkl_sys_fsopen("tmpfs", LKL_FSOPEN_CLOEXEC), ret;

	if (fs < 0)
		return fs;
	ret = lkl_sys_fsconfig((int)fs, LKL_FSCONFIG_CMD_CREATE, NULL, NULL, 0);
	if (ret == 0)
		ret = lkl_sys_fsmount((int)fs, LKL_FSMOUNT_CLOEXEC, 0);
	lkl_sys_close((unsigned int)fs);
	return ret;
}

static const struct bind_point *find_outer(const struct bind *bind,
					   const char **ret_inner)
{
	const struct bind_point *found = NULL;
	size_t len, longest = 0;
	const char *rest;
	unsigned int i;

	for (i = 0; i < n_points; i++) {
		rest = path_below(bind->path, points[i].bind->path);
		len = strlen(points[i].bind->path);
		if (!rest || *rest != '/' || len <= longest)
			continue;
		longest = len;
		found = &points[i];
		*ret_inner = rest + 1;
	}
	return found;
}

static int add_point(int root, int markers, struct bind_point *point,
		     struct lkl_error *err)
{
	const char *path = roots_find(point->bind->path);
	uint64_t device, ino;
	int directory;
	char name[16];
	uint32_t mode;
	long target, ret;

	if (!path)
		return error_set(err, -EINVAL,
				 "%s is not a place in the image, which is at %s: with --at, files of the host can only be shown below that",
				 point->bind->path, roots_place());
	if (!path[1])
		return error_set(err, -EINVAL,
				 "%s is the image's root directory: files of the host can only be shown below it",
				 point->bind->path);
	directory = open_host(point, err);
	if (directory < 0)
		return directory;
	point->outer = find_outer(point->bind, &point->inner);
	if (point->outer)
		return 0;
	target = open_target(root, path, directory, point->bind->optional,
			     &point->parent, err);
	if (target < 0) {
		close(point->host);
		return (int)target;
	}
	ret = get_identity((int)target, &device, &ino, &mode);
	if (ret == 0 && !directory && S_ISDIR(mode)) {
		lkl_sys_close((unsigned int)target);
		return error_set(err, -EISDIR,
				 "%s is a file on the host, but a folder in the image",
				 path);
	}
	snprintf(name, sizeof(name), "%u", n_points);
	ret = mount_marker(markers, name, directory, (int)target, point);
	lkl_sys_close((unsigned int)target);
	if (ret < 0)
		return error_set(err, (int)ret, "cannot mount at %s: %s", path,
				 lkl_strerror((int)ret));
	return 0;
}

/* The /proc of a program whose root is the host's. */
static int add_host_proc(struct lkl_error *err)
{
	static const struct bind proc = { .host = "/proc", .path = "/proc" };
	int ret;

	points[n_points] = (struct bind_point) {
		.bind = &proc, .parent = -1, .mounted = -1,
	};
	ret = open_host(&points[n_points], err);
	if (ret < 0)
		return ret;
	n_points++;
	return 0;
}

/* Add all; meanwhile @markers is mounted over the root directory. */
static int add_points(int root, int markers, const struct bind *binds,
		      unsigned int n, struct lkl_error *err)
{
	struct bind_point *point;
	unsigned int i;
	int ret;

	for (i = 0; i < n; i++) {
		point = &points[n_points];
		*point = (struct bind_point) {
			.bind = &binds[i], .host = -1, .parent = -1,
			.mounted = -1,
		};
		ret = add_point(root, markers, point, err);
		if (ret == 0)
			n_points++;
		else if (ret != -ENOENT || !point->bind->optional)
			return ret;
	}
	return 0;
}

static int mount_points(int root, const struct bind *binds, unsigned int n,
			struct lkl_error *err)
{
	long markers = make_markers(), ret;

	if (markers < 0)
		return error_set(err, (int)markers, "cannot make mount points: %s",
				 lkl_strerror((int)markers));
	ret = lkl_sys_move_mount((int)markers, "", root, "",
				 LKL_MOVE_MOUNT_F_EMPTY_PATH |
				 LKL_MOVE_MOUNT_T_EMPTY_PATH);
	if (ret < 0) {
		error_set(err, (int)ret, "cannot make mount points: %s",
			  lkl_strerror((int)ret));
	} else {
		ret = add_points(root, (int)markers, binds, n, err);
		if ((lkl_sys_fchdir((unsigned int)markers) < 0 ||
		     lkl_sys_umount(".", LKL_MNT_DETACH) < 0) && ret == 0)
			ret = error_set(err, -EIO,
					"cannot unmount the file system of the mount points");
	}
	lkl_sys_fchdir((unsigned int)root);
	lkl_sys_close((unsigned int)markers);
	return (int)ret;
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(((const struct bind *)a)->path,
		      ((const struct bind *)b)->path);
}

int bind_points_init(int root, const struct bind *binds, unsigned int n,
		     struct lkl_error *err)
{
	int ret = 0;

	points = calloc(n + 1, sizeof(*points));
	sorted = calloc(n + 1, sizeof(*sorted));
	if (!points || !sorted)
		return error_no_memory(err);
	if (n)
		memcpy(sorted, binds, n * sizeof(*binds));
	/* Outer binds come before those below them. */
	qsort(sorted, n, sizeof(*sorted), compare_paths);
	if (n)
		ret = mount_points(root, sorted, n, err);
	return ret || !roots_are_of_host() ? ret : add_host_proc(err);
}

void bind_points_end(void)
{
	char name[ROOTS_PROC_NAME_SIZE];
	struct bind_point *point;

	/* The kernel inside leaves a mount by its path only. */
	lkl_sys_fchdir((unsigned int)roots_proc());
	for (point = points; point < points + n_points; point++) {
		close(point->host);
		if (point->mounted < 0)
			continue;
		lkl_sys_umount(roots_proc_name(point->mounted, name),
			       LKL_MNT_DETACH);
		lkl_sys_close((unsigned int)point->mounted);
		if (point->parent != roots_image())
			lkl_sys_close((unsigned int)point->parent);
	}
	free(points);
	free(sorted);
	points = NULL;
	sorted = NULL;
	n_points = 0;
}

bool bind_points_exist(void)
{
	return n_points > 0;
}

const struct bind_point *bind_point_entered(int inside)
{
	uint64_t device, ino;
	uint32_t mode;
	unsigned int i;

	if (get_identity(inside, &device, &ino, &mode) < 0 ||
	    device != marker_device)
		return NULL;
	for (i = 0; i < n_points; i++)
		if (!points[i].outer && points[i].marker == ino)
			return &points[i];
	return NULL;
}

const struct bind_point *bind_point_of(int host)
{
	unsigned int i;

	for (i = 0; i < n_points; i++)
		if (points[i].host == host)
			return &points[i];
	return NULL;
}

const struct bind_point *bind_point_nested(const struct bind_point *outer,
					   const char *path)
{
	unsigned int i;

	for (i = 0; i < n_points; i++)
		if (points[i].outer == outer && !strcmp(points[i].inner, path))
			return &points[i];
	return NULL;
}

const struct bind_point *bind_point_lexical(const char *path,
					    const char **ret_rest)
{
	const char *rest;
	unsigned int i;

	for (i = 0; i < n_points; i++) {
		if (points[i].outer || strchr(points[i].bind->path + 1, '/'))
			continue;
		rest = path_below(path, points[i].bind->path);
		if (!rest)
			continue;
		*ret_rest = rest;
		return &points[i];
	}
	return NULL;
}

const struct bind_point *bind_point_holding(const char *path,
					    const char **ret_rest)
{
	const struct bind_point *found = NULL;
	size_t len, longest = 0;
	const char *rest;
	unsigned int i;

	/* Take the innermost on the host, and of equal ones the innermost inside. */
	for (i = n_points; i-- > 0; ) {
		rest = path_below(path, points[i].bind->host);
		len = strlen(points[i].bind->host);
		if (!rest || len <= longest)
			continue;
		longest = len;
		found = &points[i];
		*ret_rest = rest + (*rest == '/');
	}
	return found;
}

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
#include "confined.h"
#include "roots.h"
#include "walk.h"

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
	/* Landlock lets the program execute nothing: it needs the loader. */
	point->same = !stat(bind->path, &there) &&
		      stat_is_same_file(&here, &there) &&
		      (!confined() || bind->optional || point->proc);
	return S_ISDIR(here.st_mode);
}

/*
 * @part is a link to where nothing is: @path, which begins with it, becomes the path
 * without it.  0 or -errno.
 */
static long follow_link(int at, const char *part, char path[PATH_MAX])
{
	const char *name = strrchr(part, '/') + 1, *from;
	char link[PATH_MAX], whole[2 * PATH_MAX], *to = path;
	long len = lkl_sys_readlinkat(at, name, link, sizeof(link) - 1);

	if (len < 0)
		return len;
	link[len] = '\0';
	snprintf(whole, sizeof(whole), "%.*s/%s%s",
		 link[0] == '/' ? 0 : (int)(name - part), part, link,
		 path + strlen(part));
	/* One slash between two names, and none at the end. */
	for (from = whole; *from; from++) {
		if (*from == '/' && strchr("/", from[1]))
			continue;
		if (to == path + PATH_MAX - 1)
			return -ENAMETOOLONG;
		*to++ = *from;
	}
	*to = '\0';
	return 0;
}

/*
 * Open @path, and make it if there is none: a directory, and those above it, or an
 * empty file.  With @optional, -ENOENT instead.  -EAGAIN: @path led to a link, and is
 * where that leads to now.
 */
static long open_or_make(int root, char path[PATH_MAX], bool directory,
			 bool optional, int *ret_parent, bool *ret_last)
{
	char part[PATH_MAX];
	const char *slash = path;
	int dir = root;
	long fd;

	for (;;) {
		slash = strchrnul(slash + 1, '/');
		*ret_last = !*slash;
		memcpy(part, path, (size_t)(slash - path));
		part[slash - path] = '\0';
		fd = open_in_root(root, part,
				  directory || !*ret_last ? LKL_O_DIRECTORY : 0);
		if (fd == -ENOENT && !optional) {
			const char *name = strrchr(part, '/') + 1;

			fd = *ret_last && !directory ?
			     lkl_sys_mknodat(dir, name, LKL_S_IFREG | 0644, 0) :
			     lkl_sys_mkdirat(dir, name, 0755);
			if (fd == 0)
				fd = open_in_root(root, part, 0);
			else if (fd == -EEXIST)
				fd = follow_link(dir, part, path) ?: -EAGAIN;
		}
		if (fd >= 0 && *ret_last) {
			*ret_parent = dir;
			return fd;
		}
		if (dir != root)
			lkl_sys_close((unsigned int)dir);
		if (fd < 0)
			return fd;
		dir = (int)fd;
	}
}

/* Open the mount point inside, or make it. */
static long open_target(int root, const char *place, bool directory,
			bool optional, int *ret_parent, struct lkl_error *err)
{
	unsigned int links = 0;
	char path[PATH_MAX];
	bool last;
	long fd;

	strcpy(path, place);
	do
		fd = open_or_make(root, path, directory, optional, ret_parent,
				  &last);
	while (fd == -EAGAIN && links++ < WALK_LINKS_MAX);
	if (fd >= 0 || (fd == -ENOENT && optional))
		return fd;
	if (fd == -ENOTDIR && last)
		return error_set(err, (int)fd,
				 "%s is a folder on the host, but a file in the image",
				 place);
	return error_set(err, (int)fd,
			 "cannot use %s in the image for files of the host: %s",
			 place, lkl_strerror((int)fd));
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

/* Open both sides; for now, point->mounted is what the marker will be mounted at. */
static int add_point(int root, struct bind_point *point, struct lkl_error *err)
{
	const char *path = roots_find(point->bind->path);
	uint64_t device, ino;
	long target, ret;
	uint32_t mode;

	if (!path)
		return error_set(err, -EINVAL,
				 "%s is not a place in the image, which is at %s: with --at, files of the host can only be shown below that",
				 point->bind->path, roots_place());
	if (!path[1])
		return error_set(err, -EINVAL,
				 "%s is the image's root directory: files of the host can only be shown below it",
				 point->bind->path);
	ret = open_host(point, err);
	if (ret < 0)
		return (int)ret;
	point->directory = ret;
	point->outer = find_outer(point->bind, &point->inner);
	if (point->outer)
		return 0;
	target = open_target(root, path, point->directory,
			     point->bind->optional, &point->parent, err);
	if (target < 0) {
		close(point->host);
		return (int)target;
	}
	ret = get_identity((int)target, &device, &ino, &mode);
	if (ret == 0 && !point->directory && S_ISDIR(mode)) {
		lkl_sys_close((unsigned int)target);
		return error_set(err, -EISDIR,
				 "%s is a file on the host, but a folder in the image",
				 path);
	}
	point->mounted = (int)target;
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

static int add_points(int root, const struct bind *binds, unsigned int n,
		      struct lkl_error *err)
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
		ret = add_point(root, point, err);
		if (ret == 0)
			n_points++;
		else if (ret != -ENOENT || !point->bind->optional)
			return ret;
	}
	return 0;
}

/* Mount all markers; meanwhile @markers is mounted over the root directory. */
static int mount_markers(int markers, struct lkl_error *err)
{
	struct bind_point *point;
	char name[16];
	int target;
	long ret;

	for (point = points; point < points + n_points; point++) {
		target = point->mounted;
		if (target < 0)
			continue;
		snprintf(name, sizeof(name), "%u", (unsigned int)(point - points));
		ret = mount_marker(markers, name, point->directory, target, point);
		if (ret < 0)
			return error_set(err, (int)ret, "cannot mount at %s: %s",
					 roots_find(point->bind->path),
					 lkl_strerror((int)ret));
		lkl_sys_close((unsigned int)target);
	}
	return 0;
}

/* A ".." in the image must not lead into the markers: all places are opened first. */
static int mount_points(int root, const struct bind *binds, unsigned int n,
			struct lkl_error *err)
{
	long markers, ret = add_points(root, binds, n, err);

	if (ret < 0)
		return (int)ret;
	markers = make_markers();
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
		ret = mount_markers((int)markers, err);
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
	const struct bind *one = a, *other = b;
	int order = strcmp(one->path, other->path);

	return order ? order : one->optional - other->optional;
}

/* Leave out what is not needed where the user shows something else. */
static int drop_optional(unsigned int *n, struct lkl_error *err)
{
	unsigned int i, kept = 0;

	for (i = 0; i < *n; i++) {
		if (!kept || strcmp(sorted[kept - 1].path, sorted[i].path))
			sorted[kept++] = sorted[i];
		else if (!sorted[i].optional)
			return error_set(err, -EEXIST,
					 "only one file or folder of the host can be shown at %s",
					 sorted[i].path);
	}
	*n = kept;
	return 0;
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
	ret = drop_optional(&n, err);
	if (!ret && n)
		ret = mount_points(root, sorted, n, err);
	return ret || !roots_are_of_host() ? ret : add_host_proc(err);
}

void bind_points_end(void)
{
	char name[ROOTS_PROC_NAME_SIZE];
	struct bind_point *point;

	/*
	 * The kernel inside leaves a mount by its path only.  Links can lead several to
	 * one place: the last is on top.
	 */
	lkl_sys_fchdir((unsigned int)roots_proc());
	for (point = points + n_points; point-- > points; ) {
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

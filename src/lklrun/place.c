// SPDX-License-Identifier: GPL-2.0-only
/*
 * place.c - operations on the places that resolve() finds.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "binds.h"
#include "common/descriptor-path.h"
#include "confined.h"
#include "host-open.h"
#include "process.h"
#include "resolve.h"
#include "roots.h"

void place_release(struct place *place)
{
	if (!place->owned)
		return;
	place->owned = false;
	if (place->host)
		close(place->fd);
	else
		lkl_sys_close((unsigned int)place->fd);
}

int place_copy(const struct place *place, struct place *ret_place)
{
	int fd = place->fd;
	bool owned = fd >= 0 &&
		     !(place->host ? bind_point_of(fd) != NULL :
		       fd == roots_image());

	if (owned && place->host) {
		fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		if (fd < 0)
			return -errno;
	} else if (owned) {
		fd = (int)lkl_sys_fcntl((unsigned int)fd, LKL_F_DUPFD_CLOEXEC, 0);
		if (fd < 0)
			return fd;
	}
	*ret_place = *place;
	ret_place->fd = fd;
	ret_place->owned = owned;
	return 0;
}

const struct bind_point *place_bind(const struct place *place,
				    const char **ret_path)
{
	*ret_path = place->pinned ? place->path : place->name;
	return place->pinned ? place->bind : bind_point_of(place->fd);
}

int place_flags(const struct place *place, int flags)
{
	return *place->name ? flags : flags | AT_EMPTY_PATH;
}

/*
 * The bind that holds an open file of the host, by its path.  NULL for a file that is
 * open for writing: no bind for reading only can hold it.
 */
static const struct bind_point *bind_of_descriptor(int fd)
{
	int flags = fcntl(fd, F_GETFL);
	char path[PATH_MAX];
	const char *rest;

	if (flags < 0 || (!(flags & O_PATH) && (flags & O_ACCMODE) != O_RDONLY) ||
	    descriptor_name(fd, path))
		return NULL;
	return bind_point_holding(path, &rest);
}

long place_check_descriptor(const struct call *call, int fd)
{
	struct place place = { .host = true, .owned = true };
	long ret;

	if (!bind_points_exist())
		return 0;
	place.fd = call_borrow(call, fd);
	/* The host says so, too. */
	if (place.fd < 0)
		return 0;
	ret = place_check_change(&place);
	place_release(&place);
	return ret;
}

long place_check_change(const struct place *place)
{
	const char *path;
	const struct bind_point *bind = place->host ? place_bind(place, &path) :
					NULL;

	/* With --at the program reaches the file by its path on the host, too. */
	if (place->host && !bind && place->fd >= 0 && !roots_are_of_host())
		bind = bind_of_descriptor(place->fd);
	return bind && bind->bind->read_only ? -EROFS : 0;
}

int place_pin(const struct place *place, bool follow, bool change)
{
	int fd, ret;

	/* The path begins at a directory that only the caller has open. */
	if (place->fd < 0 && place->name[0] != '/')
		return -EACCES;
	fd = *place->name ?
	     host_open(place, O_PATH | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW),
		       0) :
	     fcntl(place->fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return *place->name ? fd : -errno;
	ret = confined_check(fd, change);
	if (ret < 0)
		close(fd);
	return ret < 0 ? ret : fd;
}

long place_call(const struct place *place, int inside, int host,
		const long args[6])
{
	long ret;

	if (!place->host)
		return lkl_syscall(inside, args);
	ret = syscall(host, args[0], args[1], args[2], args[3], args[4], args[5]);
	return ret < 0 ? -errno : ret;
}

long place_open_path(const struct place *place, bool follow)
{
	if (place->host)
		return -EXDEV;
	if (!*place->name)
		return lkl_sys_fcntl((unsigned int)place->fd,
				     LKL_F_DUPFD_CLOEXEC, 0);
	return lkl_sys_openat(place->fd, place->name,
			      LKL_O_PATH | LKL_O_CLOEXEC |
			      (follow ? 0 : LKL_O_NOFOLLOW), 0);
}

long place_reopen(int inside, int flags)
{
	char name[ROOTS_PROC_NAME_SIZE];

	return lkl_sys_openat(roots_proc(), roots_proc_name(inside, name),
			      flags & ~LKL_O_NOFOLLOW, 0);
}

long place_describe(int inside, char *buf)
{
	char name[ROOTS_PROC_NAME_SIZE];
	long len = lkl_sys_readlinkat(roots_proc(), roots_proc_name(inside, name),
				      buf, PATH_MAX - 1);

	buf[len > 0 ? len : 0] = '\0';
	return len < 0 ? len : 0;
}

/* From the directory that the host knows as the caller's. */
static long path_from_host_cwd(const struct call *call, const char *name,
			       char *buf)
{
	long ret = host_directory_path(call, AT_FDCWD, buf);
	size_t used;

	if (ret < 0 || !*name || !strcmp(name, "."))
		return ret;
	used = strlen(buf);
	if (snprintf(buf + used, PATH_MAX - used, "/%s", name) >=
	    (int)(PATH_MAX - used))
		return -ENAMETOOLONG;
	return 0;
}

static long path_of_host(const struct call *call, const struct place *place,
			 char *buf)
{
	const char *path;
	const struct bind_point *bind = place_bind(place, &path);

	if (!bind && (place->pinned || place->fd == AT_FDCWD) &&
	    path[0] == '/') {
		strcpy(buf, path);
		return 0;
	}
	if (!bind && place->fd == AT_FDCWD && place->native)
		return path_from_host_cwd(call, place->name, buf);
	if (!bind)
		return -ENOENT;
	if (snprintf(buf, PATH_MAX, "%s%s%s", bind->bind->path,
		     *path ? "/" : "", path) >= PATH_MAX)
		return -ENAMETOOLONG;
	return 0;
}

long place_path(struct call *call, const struct place *place, char *buf)
{
	char name[ROOTS_PROC_NAME_SIZE], path[PATH_MAX];
	struct lkl_statx st;
	long fd, len;

	if (place->host)
		return path_of_host(call, place, buf);
	fd = place_open_path(place, true);
	if (fd < 0)
		return fd;
	/* The kernel inside gives paths from its root, which is the caller's. */
	roots_enter(call->process);
	len = lkl_sys_readlinkat(roots_proc(), roots_proc_name((int)fd, name),
				 path, sizeof(path) - 1);
	if (len >= 0 && (lkl_sys_statx((int)fd, "", LKL_AT_EMPTY_PATH,
				       LKL_STATX_NLINK, &st) < 0 ||
			 !st.stx_nlink))
		len = -ENOENT;
	lkl_sys_close((unsigned int)fd);
	if (len < 0)
		return len;
	path[len] = '\0';
	if (path[0] != '/')
		return -ENOENT;	/* "(unreachable)..." */
	if (call->process->directories->root.fd != roots_image()) {
		strcpy(buf, path);
		return 0;
	}
	return roots_add_prefix(path, buf);
}

long place_enter(struct place *place, struct place *directory)
{
	struct place copy = { .host = place->host };
	const char *path;
	const struct bind_point *bind = place_bind(place, &path);
	struct stat st;
	long ret = 0;

	if (!place->host) {
		/* As chdir() does, this asks for the right to search in it. */
		ret = lkl_sys_openat(place->fd, *place->name ? place->name : ".",
				     LKL_O_PATH | LKL_O_DIRECTORY |
				     LKL_O_CLOEXEC, 0);
		if (ret >= 0) {
			copy.fd = (int)ret;
			copy.owned = true;
			ret = lkl_sys_faccessat(copy.fd, ".", X_OK);
			if (ret < 0)
				lkl_sys_close((unsigned int)copy.fd);
		}
	} else if (bind) {
		copy.fd = bind->host;
		strcpy(copy.name, path);
		if (fstatat(place->fd, place->name, &st, AT_EMPTY_PATH))
			ret = -errno;
		else if (!S_ISDIR(st.st_mode))
			ret = -ENOTDIR;
		else if (faccessat(place->fd, *place->name ? place->name : ".",
				   X_OK, 0))
			ret = -errno;
	} else if (!roots_are_of_host()) {
		/* The program sees no path to it. */
		ret = -EACCES;
	} else {
		/* With --at: a directory of the host, by its path. */
		copy.fd = AT_FDCWD;
		copy.native = place->native;
		if (!place->native)
			strcpy(copy.name, path);
	}
	place_release(place);
	if (ret < 0)
		return ret;
	place_release(directory);
	*directory = copy;
	return 0;
}

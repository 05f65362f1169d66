// SPDX-License-Identifier: GPL-2.0-only
/*
 * resolve.c - where a path of the program leads: into the image, or to the host.
 *
 * Most paths stay in the image.  One openat2() inside tells that, with
 * RESOLVE_NO_XDEV, and then the calls inside take the path as it is.  walk.c takes
 * the others name by name.
 *
 * If the image is at a place of the host (--at), paths of the host are compared as
 * text: links of the host do not lead into the image.  Paths and links that leave the
 * image lead to the host.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "binds.h"
#include "common/error.h"
#include "common/path-below.h"
#include "host-open.h"
#include "process.h"
#include "roots.h"
#include "walk.h"

/* While others replace folders of the host by links. */
#define TRIES_MAX	16

int resolve_init(int root, const struct bind *binds, unsigned int n_binds,
		 const char *at, struct lkl_error *err)
{
	int ret = roots_init(root, at, err);

	return ret < 0 ? ret : bind_points_init(root, binds, n_binds, err);
}

void resolve_end(void)
{
	bind_points_end();
	roots_end();
}

/* The place of a path of the host that the caller's own call reaches, too. */
static long native_place(int dirfd, const char *path, struct place *ret_place)
{
	size_t len = strnlen(path, sizeof(ret_place->name) - 1);

	/* The descriptor is enough for place_path(). */
	place_init(ret_place, true,
		   dirfd == AT_FDCWD || *path == '/' ? AT_FDCWD : -1);
	ret_place->native = true;
	ret_place->directory = len && path[len - 1] == '/';
	memcpy(ret_place->name, path, len);
	ret_place->name[len] = '\0';
	return 0;
}

static long resolve_inside(struct call *call, const struct place *start,
			   const char *path, unsigned int flags,
			   struct place *ret_place)
{
	struct lkl_open_how how = {
		.flags = LKL_O_PATH | LKL_O_CLOEXEC |
			 (flags & PLACE_FOLLOW ? 0 : LKL_O_NOFOLLOW),
		.resolve = LKL_RESOLVE_NO_XDEV,
	};
	long ret = roots_enter(call->process);

	if (ret < 0)
		return ret;
	if (roots_are_of_host())
		how.resolve |= LKL_RESOLVE_BENEATH;
	if (bind_points_exist()) {
		ret = lkl_sys_openat2(start->fd, path, &how, sizeof(how));
		if (ret == -EXDEV)
			return walk_from(call, start, path, flags,
					 *path == '/', ret_place);
		if (ret >= 0)
			lkl_sys_close((unsigned int)ret);
	}
	/* The call that uses the place will find the same error. */
	place_init(ret_place, false, start->fd);
	ret_place->directory = path[strlen(path) - 1] == '/';
	strcpy(ret_place->name, path);
	return 0;
}

/*
 * Remove ".", ".." and double slashes from an absolute path, as text.  A slash at
 * the end stays.
 */
static void normalise(char *path)
{
	char *to = path, *from = path, *end;

	while (*from) {
		end = strchrnul(from + 1, '/');
		if (end == from + 1 && *end) {
			;
		} else if (end == from + 2 && from[1] == '.') {
			;
		} else if (end == from + 3 && from[1] == '.' && from[2] == '.') {
			while (to > path && *--to != '/')
				;
		} else {
			memmove(to, from, (size_t)(end - from));
			to += end - from;
		}
		from = end;
	}
	if (to == path)
		*to++ = '/';
	*to = '\0';
}

static const char *relative(const char *path)
{
	path += strspn(path, "/");
	return *path ? path : ".";
}

/*
 * Put @base and @path together, normalised.
 * @text: 2 * PATH_MAX bytes
 */
static long join(char *text, const char *base, const char *path)
{
	size_t len = strlen(base), more = strlen(path);

	if (len + 1 + more >= 2 * PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(text, base, len);
	if (len || *path != '/')
		text[len++] = '/';
	memcpy(text + len, path, more + 1);
	/* Most paths are normalised. */
	if (strstr(text, "//") || strstr(text, "/."))
		normalise(text);
	return 0;
}

/* With --at: an absolute path, or one that begins at a directory of the host. */
static long resolve_text(struct call *call, int dirfd, const char *base,
			 const char *path, unsigned int flags, bool native,
			 struct place *ret_place)
{
	const struct bind_point *bind;
	char text[2 * PATH_MAX];
	const char *inside, *rest;
	struct place start;
	long ret = join(text, base, path);

	if (ret < 0)
		return ret;
	inside = roots_find(text);
	if (inside) {
		place_init(&start, false, roots_image());
		return strlen(inside) >= PATH_MAX ? -ENAMETOOLONG :
		       resolve_inside(call, &start, relative(inside), flags,
				      ret_place);
	}
	bind = bind_point_lexical(text, &rest);
	if (bind && strspn(rest, "/") != strlen(rest)) {
		place_init(&start, true, bind->host);
		return walk_from(call, &start, rest, flags, native, ret_place);
	}
	/* The host does not have the folders of the image that ".." leads out of. */
	rest = *base ? NULL : path_below(path, roots_place());
	if (native && (!rest || !strncmp(rest, "/..", 3)))
		return native_place(dirfd, path, ret_place);
	if (strlen(text) >= PATH_MAX)
		return -ENAMETOOLONG;
	native_place(AT_FDCWD, text, ret_place);
	ret_place->native = false;
	return 0;
}

/* From a directory of the host that the caller has open, or works in. */
static long resolve_from_host(struct call *call, int dirfd, const char *path,
			      unsigned int flags, struct place *ret_place)
{
	const struct bind_point *bind;
	const char *rest;
	struct place start;
	char base[PATH_MAX];

	/* The caller's own call finds an error, too. */
	if (host_directory_path(call, dirfd, base) < 0 || base[0] != '/')
		return native_place(dirfd, path, ret_place);
	if (roots_are_of_host())
		return resolve_text(call, dirfd, base, path, flags, true,
				    ret_place);
	bind = bind_point_holding(base, &rest);
	if (!bind)
		return native_place(dirfd, path, ret_place);
	place_init(&start, true, bind->host);
	snprintf(start.name, sizeof(start.name), "%s", rest);
	return walk_from(call, &start, path, flags, true, ret_place);
}

static long resolve_from_host_cwd(struct call *call, const char *path,
				  unsigned int flags, struct place *ret_place)
{
	const struct place *cwd = &call->process->directories->cwd;

	if (cwd->native)
		return resolve_from_host(call, AT_FDCWD, path, flags, ret_place);
	if (cwd->fd == AT_FDCWD)
		return resolve_text(call, AT_FDCWD, cwd->name, path, flags,
				    false, ret_place);
	return walk_from(call, cwd, path, flags, false, ret_place);
}

static long resolve_absolute(struct call *call, const char *path,
			     unsigned int flags, struct place *ret_place)
{
	const struct place *root = &call->process->directories->root;
	const struct bind_point *bind;
	struct place start;
	const char *rest;

	if (roots_are_of_host() && root->fd == roots_image())
		return resolve_text(call, AT_FDCWD, "", path, flags,
				    !(flags & PLACE_AGAIN), ret_place);
	/* A short way for /proc and /dev, which programs use most. */
	if (root->fd == roots_image() && !(flags & PLACE_PARENT)) {
		bind = bind_point_lexical(path, &rest);
		if (bind && strspn(rest, "/") != strlen(rest)) {
			place_init(&start, true, bind->host);
			return walk_from(call, &start, rest, flags, true,
					 ret_place);
		}
	}
	return resolve_inside(call, root, path, flags, ret_place);
}

/* The directory itself. */
static long resolve_empty(struct call *call, int dirfd, unsigned int flags,
			  struct place *ret_place)
{
	const struct place *cwd = &call->process->directories->cwd;
	struct object *object;

	if (dirfd == AT_FDCWD) {
		*ret_place = *cwd;
		ret_place->owned = false;
		return 0;
	}
	object = call_object(call, dirfd);
	if (!object) {
		native_place(dirfd, "", ret_place);
		if (flags & PLACE_CHANGE) {
			ret_place->fd = call_borrow(call, dirfd);
			ret_place->owned = ret_place->fd >= 0;
		}
		return 0;
	}
	place_init(ret_place, false, object_inside(object));
	return 0;
}

static long find_place(struct call *call, int dirfd, const char *path,
		       unsigned int flags, struct place *ret_place)
{
	const struct place *cwd = &call->process->directories->cwd;
	struct object *object;
	struct place start;

	if (!*path)
		return flags & PLACE_EMPTY ?
		       resolve_empty(call, dirfd, flags, ret_place) : -ENOENT;
	if (*path == '/')
		return resolve_absolute(call, path, flags, ret_place);
	if (dirfd == AT_FDCWD && cwd->host)
		return resolve_from_host_cwd(call, path, flags, ret_place);
	if (dirfd == AT_FDCWD)
		return resolve_inside(call, cwd, path, flags, ret_place);
	object = call_object(call, dirfd);
	if (!object)
		return resolve_from_host(call, dirfd, path, flags, ret_place);
	place_init(&start, false, object_inside(object));
	return resolve_inside(call, &start, path, flags, ret_place);
}

long resolve(struct call *call, int dirfd, const char *path, unsigned int flags,
	     struct place *ret_place)
{
	/* lklrun is a caller itself in tests only. */
	bool check = call->process->pid != getpid();
	unsigned int tries = 0;
	long ret;

	do {
		ret = find_place(call, dirfd, path, flags, ret_place);
		if (ret < 0 || !ret_place->host || ret_place->native ||
		    ret_place->pinned)
			return ret;
		ret = host_pin(ret_place, flags, check);
		if (ret < 0)
			place_release(ret_place);
	} while (ret == -ELOOP && ++tries < TRIES_MAX);
	return ret;
}

long resolve_argument(struct call *call, int dirfd, uint64_t address,
		      unsigned int flags, struct place *ret_place)
{
	char path[PATH_MAX];
	int ret = call_read_path(call, address, path);

	return ret < 0 ? ret : resolve(call, dirfd, path, flags, ret_place);
}

int resolve_start(struct directories *directories, const char *cwd,
		  struct lkl_error *err)
{
	struct process process = { .directories = directories };
	struct call call = { .process = &process };
	struct place found;
	long ret;

	directories->root = (struct place) { .fd = roots_image() };
	directories->cwd = directories->root;
	if (!cwd)
		return 0;
	call.tid = getpid();
	ret = resolve(&call, AT_FDCWD, cwd, PLACE_FOLLOW, &found);
	if (ret == 0)
		ret = place_enter(&found, &directories->cwd);
	if (ret < 0)
		return error_set(err, (int)ret, "cannot work in %s: %s", cwd,
				 lkl_strerror((int)ret));
	return 0;
}

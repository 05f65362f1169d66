// SPDX-License-Identifier: GPL-2.0-only
/*
 * walk.c - finds the place of a path, one name after the other.
 *
 * A walk is in a directory inside, or at a path below the root of a bind on the host.
 * It follows all links itself: a link in a folder of the host has the meaning that it
 * has for the program.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/descriptor-path.h"
#include "common/same-file.h"
#include "host-open.h"
#include "process.h"
#include "roots.h"

/* Results of a step besides 0, 1 for the end, and -errno. */
#define WALK_AGAIN	2	/* resolve @rest */
#define WALK_BY_HOST	3	/* the host follows the link, or it is none */

struct walk {
	struct call *call;
	unsigned int flags;
	unsigned int links;
	bool native;		/* as in struct place, if the walk ends now */

	/* Where it is: inside, ... */
	int fd;
	bool owned;
	/* ... or on the host, if this is not NULL. */
	const struct bind_point *bind;
	char path[PATH_MAX];

	/* What is left of the path begins here; links are put in front. */
	char rest[2 * PATH_MAX];
	char *next;
	char name[NAME_MAX + 1];
	bool last;		/* @name is the last */
	bool slash;		/* a slash follows @name */
};

static void go_inside(struct walk *walk, int fd, bool owned)
{
	if (!walk->bind && walk->owned)
		lkl_sys_close((unsigned int)walk->fd);
	walk->bind = NULL;
	walk->fd = fd;
	walk->owned = owned;
}

static void go_to_bind(struct walk *walk, const struct bind_point *bind,
		       const char *path)
{
	go_inside(walk, -1, false);
	walk->bind = bind;
	snprintf(walk->path, sizeof(walk->path), "%s", path);
	if (!bind->same)
		walk->native = false;
}

/* Go to the root or working directory of a process; a place inside has no name then. */
static long go_to_place(struct walk *walk, const struct place *place)
{
	const struct bind_point *bind;

	if (!place->host) {
		go_inside(walk, place->fd, false);
		return 0;
	}
	bind = bind_point_of(place->fd);
	if (!bind)
		return -EACCES;
	go_to_bind(walk, bind, place->name);
	return 0;
}

/* Put the target of a link in front of the rest. */
static long push_target(struct walk *walk, const char *target)
{
	size_t len = strlen(target), left = strlen(walk->next);

	if (walk->links++ >= WALK_LINKS_MAX)
		return -ELOOP;
	if (!len)
		return -ENOENT;
	if (len + 1 + left >= sizeof(walk->rest))
		return -ENAMETOOLONG;
	memmove(walk->rest + len + 1, walk->next, left + 1);
	memcpy(walk->rest, target, len);
	walk->rest[len] = left ? '/' : '\0';
	walk->next = walk->rest;
	/* The whole path begins anew: on the host. */
	if (target[0] == '/' && roots_are_of_host())
		return WALK_AGAIN;
	if (target[0] == '/')
		return go_to_place(walk, &walk->call->process->directories->root);
	return 0;
}

/* Take the next name: 1, 0 if there is none, -ENAMETOOLONG. */
static int take_name(struct walk *walk)
{
	size_t len;

	walk->next += strspn(walk->next, "/");
	len = strcspn(walk->next, "/");
	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(walk->name, walk->next, len);
	walk->name[len] = '\0';
	walk->next += len;
	walk->slash = *walk->next == '/';
	walk->last = !walk->next[strspn(walk->next, "/")];
	return len > 0;
}

/* Whether a link with the name that was just taken is to be followed. */
static bool follows_link(const struct walk *walk)
{
	return !walk->last || walk->slash || walk->flags & PLACE_FOLLOW;
}

/* The walk ends at @name of where it is; "" is where it is. */
static long finish_at(struct walk *walk, const char *name, struct place *place)
{
	const char *parent = walk->bind ? walk->path : "";
	int len;

	len = snprintf(place->name, sizeof(place->name), "%s%s%s%s", parent,
		       *parent && *name ? "/" : "", name,
		       *name && walk->slash ? "/" : "");
	if (len >= (int)sizeof(place->name))
		return -ENAMETOOLONG;
	place->host = walk->bind != NULL;
	place->pinned = false;
	place->native = place->host && walk->native;
	place->directory = walk->slash;
	place->fd = walk->bind ? walk->bind->host : walk->fd;
	place->owned = !walk->bind && walk->owned;
	walk->owned = false;
	return 1;
}

/* ---- Inside ---- */

/*
 * The name crosses a mount.  It leads to a bind: then the walk goes there, and @ret_fd is
 * -1.  Or it leads to another file system of the image, as ".." may: then @ret_fd is a
 * descriptor of that.  0 or -errno.
 */
static long cross_mount(struct walk *walk, long *ret_fd)
{
	const struct bind_point *bind;
	long fd = lkl_sys_openat(walk->fd, walk->name,
				 LKL_O_PATH | LKL_O_NOFOLLOW | LKL_O_CLOEXEC, 0);

	if (fd < 0)
		return fd;
	bind = bind_point_entered((int)fd);
	*ret_fd = bind ? -1 : fd;
	if (bind) {
		lkl_sys_close((unsigned int)fd);
		go_to_bind(walk, bind, "");
	}
	return 0;
}

static long follow_inside(struct walk *walk, int link)
{
	char target[PATH_MAX];
	long len = lkl_sys_readlinkat(link, "", target, sizeof(target) - 1);

	lkl_sys_close((unsigned int)link);
	if (len < 0)
		return len;
	target[len] = '\0';
	walk->native = false;
	return push_target(walk, target);
}

/* With --at: from the image's root directory up to the host. */
static long leave_image(struct walk *walk)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/..", roots_place());
	return push_target(walk, path);
}

static long step_inside(struct walk *walk, struct place *ret_place)
{
	struct lkl_open_how how = {
		.flags = LKL_O_PATH | LKL_O_NOFOLLOW | LKL_O_CLOEXEC,
		.resolve = LKL_RESOLVE_NO_XDEV,
	};
	struct lkl_statx st;
	long fd, ret;

	if (walk->last && walk->flags & PLACE_PARENT)
		return finish_at(walk, walk->name, ret_place);
	if (!strcmp(walk->name, "..")) {
		walk->native = false;
		if (roots_are_of_host() && roots_are_image(walk->fd))
			return leave_image(walk);
	}
	fd = lkl_sys_openat2(walk->fd, walk->name, &how, sizeof(how));
	if (fd == -EXDEV) {
		ret = cross_mount(walk, &fd);
		if (ret < 0 || fd < 0)
			return ret;
	}
	if (fd < 0)
		return walk->last ? finish_at(walk, walk->name, ret_place) : fd;
	ret = lkl_sys_statx((int)fd, "", LKL_AT_EMPTY_PATH, LKL_STATX_TYPE, &st);
	if (ret == 0 && S_ISLNK(st.stx_mode) && follows_link(walk))
		return follow_inside(walk, (int)fd);
	if (ret == 0 && !walk->last && !S_ISDIR(st.stx_mode))
		ret = -ENOTDIR;
	if (ret < 0 || (walk->last && strcmp(walk->name, "..") &&
			strcmp(walk->name, "."))) {
		lkl_sys_close((unsigned int)fd);
		return ret < 0 ? ret : finish_at(walk, walk->name, ret_place);
	}
	go_inside(walk, (int)fd, true);
	return 0;
}

/* ---- On the host ---- */

/* Go up one directory; from the root of a bind, out of the bind. */
static void go_up(struct walk *walk)
{
	const struct bind_point *bind = walk->bind;
	char *slash = strrchr(walk->path, '/');

	if (*walk->path) {
		*(slash ? slash : walk->path) = '\0';
		return;
	}
	walk->native = false;
	if (!bind->outer) {
		go_inside(walk, bind->parent, false);
		return;
	}
	go_to_bind(walk, bind->outer, bind->inner);
	slash = strrchr(walk->path, '/');
	*(slash ? slash : walk->path) = '\0';
}

/* Go to an open directory of the host, by its path below a bind. */
static bool go_to_open(struct walk *walk, int fd)
{
	const struct bind_point *bind;
	struct stat here, there;
	char path[PATH_MAX];
	const char *rest;

	if (fstat(fd, &here) || !S_ISDIR(here.st_mode) ||
	    descriptor_name(fd, path))
		return false;
	bind = bind_point_holding(path, &rest);
	if (!bind || fstatat(bind->host, rest, &there, AT_EMPTY_PATH) ||
	    !stat_is_same_file(&here, &there))
		return false;
	go_to_bind(walk, bind, rest);
	return true;
}

/* A descriptor of the program's, by its link in /proc. */
static long follow_fd(struct walk *walk, const struct call *owner, int number,
		      struct place *place)
{
	struct object *object = call_object(owner, number);
	int fd;

	if (object) {
		go_inside(walk, object_inside(object), false);
		return walk->last ? finish_at(walk, "", place) : 0;
	}
	fd = call_borrow(owner, number);
	if (fd < 0)
		return -ENOENT;
	if (go_to_open(walk, fd)) {
		close(fd);
		return 0;
	}
	*place = (struct place) {
		.host = true, .owned = true, .native = walk->native, .fd = fd,
		.directory = walk->slash,
	};
	walk->next += strspn(walk->next, "/");
	snprintf(place->name, sizeof(place->name), "%s", walk->next);
	return 1;
}

/* With --at: go on from a working directory on the host. */
static long push_cwd(struct walk *walk, struct call *owner)
{
	char path[PATH_MAX];
	long ret = place_path(owner, &owner->process->directories->cwd, path);

	return ret < 0 ? ret : push_target(walk, path);
}

/* The image's root stands for the host's, with --at. */
static long follow_root(struct walk *walk, const struct call *owner)
{
	const struct place *root = &owner->process->directories->root;

	return owner->process == walk->call->process ||
	       (roots_are_of_host() && root->fd == roots_image()) ?
	       push_target(walk, "/") : go_to_place(walk, root);
}

/* Follow a link of /proc.  WALK_BY_HOST: the host follows it, or it is no link. */
static long follow_proc_link(struct walk *walk, const char *path,
			     struct place *place)
{
	const struct process *process = walk->call->process;
	struct call owner = { .process = NULL };
	char target[64];
	int fd;

	switch (proc_link(walk->call, path, &owner, &fd)) {
	case PROC_LINK_SELF:
		snprintf(target, sizeof(target), "%d", (int)process->pid);
		return push_target(walk, target);
	case PROC_LINK_THREAD_SELF:
		snprintf(target, sizeof(target), "%d/task/%d",
			 (int)process->pid, (int)walk->call->tid);
		return push_target(walk, target);
	case PROC_LINK_CWD:
		if (owner.process->directories->cwd.host && roots_are_of_host())
			return push_cwd(walk, &owner);
		return go_to_place(walk, &owner.process->directories->cwd);
	case PROC_LINK_ROOT:
		return follow_root(walk, &owner);
	case PROC_LINK_EXE:
		return owner.process->executable ?
		       push_target(walk, owner.process->executable) : WALK_BY_HOST;
	case PROC_LINK_FD:
		return follow_fd(walk, &owner, fd, place);
	case PROC_LINK_REFUSED:
		return -EACCES;
	default:
		return WALK_BY_HOST;
	}
}

static bool is_followed_by_host(const struct walk *walk, const char *proc)
{
	struct call owner;
	int fd;

	return proc && proc_link(walk->call, proc, &owner, &fd);
}

static long step_host(struct walk *walk, struct place *ret_place)
{
	const struct bind_point *nested;
	char path[PATH_MAX], target[PATH_MAX];
	const char *proc;
	struct stat st;
	ssize_t len;
	long ret;

	if (!strcmp(walk->name, "."))
		return 0;
	if (!strcmp(walk->name, "..")) {
		go_up(walk);
		return 0;
	}
	if (walk->last && walk->flags & PLACE_PARENT)
		return finish_at(walk, walk->name, ret_place);
	if (snprintf(path, sizeof(path), "%s%s%s", walk->path,
		     *walk->path ? "/" : "", walk->name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	nested = bind_point_nested(walk->bind, path);
	if (nested) {
		go_to_bind(walk, nested, "");
		return 0;
	}
	proc = follows_link(walk) ? host_proc_path(walk->bind, path) : NULL;
	if (proc) {
		ret = follow_proc_link(walk, proc, ret_place);
		if (ret != WALK_BY_HOST)
			return ret;
	}
	if (fstatat(walk->bind->host, path, &st, AT_SYMLINK_NOFOLLOW))
		return walk->last ? finish_at(walk, walk->name, ret_place) : -errno;
	if (S_ISLNK(st.st_mode) && follows_link(walk) &&
	    !is_followed_by_host(walk, proc)) {
		len = readlinkat(walk->bind->host, path, target,
				 sizeof(target) - 1);
		if (len < 0)
			return -errno;
		target[len] = '\0';
		return push_target(walk, target);
	}
	if (walk->last)
		return finish_at(walk, walk->name, ret_place);
	if (!S_ISDIR(st.st_mode) && !S_ISLNK(st.st_mode))
		return -ENOTDIR;
	memcpy(walk->path, path, sizeof(path));
	return 0;
}

/* With --at: a link, or "..", led out of the image or the bind: begin again. */
static long resolve_again(struct walk *walk, struct place *ret_place)
{
	static unsigned int depth;
	long ret = -ELOOP;

	if (depth < WALK_LINKS_MAX) {
		depth++;
		ret = resolve(walk->call, AT_FDCWD, walk->rest,
			      walk->flags | PLACE_AGAIN, ret_place);
		depth--;
	}
	return ret;
}

long walk_from(struct call *call, const struct place *start, const char *path,
	       unsigned int flags, bool native, struct place *ret_place)
{
	struct walk walk = {
		.call = call, .flags = flags, .native = native, .fd = -1,
	};
	long ret;

	walk.next = walk.rest;
	if (strlen(path) >= sizeof(walk.rest))
		return -ENAMETOOLONG;
	strcpy(walk.rest, path);
	ret = go_to_place(&walk, start);
	while (ret == 0) {
		ret = take_name(&walk);
		if (ret == 0)
			ret = finish_at(&walk, "", ret_place);
		else if (ret > 0)
			ret = walk.bind ? step_host(&walk, ret_place) :
			      step_inside(&walk, ret_place);
	}
	if (!walk.bind && walk.owned)
		lkl_sys_close((unsigned int)walk.fd);
	if (ret == WALK_AGAIN)
		ret = resolve_again(&walk, ret_place);
	return ret < 0 ? ret : 0;
}

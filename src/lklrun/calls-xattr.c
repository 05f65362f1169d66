// SPDX-License-Identifier: GPL-2.0-only
/*
 * calls-xattr.c - extended attributes.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "table.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/limits.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/descriptor-path.h"
#include "confined.h"
#include "host-open.h"
#include "process.h"
#include "resolve.h"
#include "roots.h"

/* Of Linux 6.13. */
#ifndef SYS_setxattrat
#define SYS_setxattrat		463
#define SYS_getxattrat		464
#define SYS_listxattrat		465
#define SYS_removexattrat	466
#endif

enum what {
	XATTR_SET,
	XATTR_GET,
	XATTR_LIST,
	XATTR_REMOVE,
};

/* The memory of one request: only one is answered at a time. */
static struct request {
	enum what what;
	int flags;			/* XATTR_CREATE, XATTR_REPLACE */
	char name[XATTR_NAME_MAX + 1];
	char value[XATTR_SIZE_MAX];
	size_t size;			/* of @value, or room in it */
} request;

/* The parameters of a call, which are in different places for each. */
struct parameters {
	uint64_t name, value;
	size_t size;
	int flags;
};

/* ---- The caller's memory ---- */

static long read_name(struct call *call, uint64_t address)
{
	char text[PATH_MAX];
	long ret = call_read_path(call, address, text);

	if (ret == -ENAMETOOLONG)
		return -ERANGE;
	if (ret < 0)
		return ret;
	if (!*text || strlen(text) > XATTR_NAME_MAX)
		return -ERANGE;
	strcpy(request.name, text);
	return 0;
}

static long read_request(struct call *call, enum what what,
			 const struct parameters *p)
{
	long ret;

	request.what = what;
	request.flags = p->flags;
	request.size = p->size;
	if (what != XATTR_LIST) {
		ret = read_name(call, p->name);
		if (ret < 0)
			return ret;
	}
	if (what != XATTR_SET) {
		if (request.size > sizeof(request.value))
			request.size = sizeof(request.value);
		return 0;
	}
	if (p->size > sizeof(request.value))
		return -E2BIG;
	return call_read(call, p->value, request.value, p->size);
}

static long give_value(struct call *call, const struct parameters *p, long ret)
{
	if (ret > 0 && p->size &&
	    (request.what == XATTR_GET || request.what == XATTR_LIST) &&
	    call_write(call, p->value, request.value, (size_t)ret) < 0)
		return -EFAULT;
	return ret;
}

/* ---- The request, inside and on the host ---- */

/* Where the kernel puts the value; NULL if the caller asks for the size only. */
static void *room(void)
{
	return request.size ? request.value : NULL;
}

static long do_inside(const char *path, bool follow)
{
	switch (request.what) {
	case XATTR_SET:
		return follow ?
		       lkl_sys_setxattr(path, request.name, request.value,
					request.size, request.flags) :
		       lkl_sys_lsetxattr(path, request.name, request.value,
					 request.size, request.flags);
	case XATTR_GET:
		return follow ?
		       lkl_sys_getxattr(path, request.name, room(),
					request.size) :
		       lkl_sys_lgetxattr(path, request.name, room(),
					 request.size);
	case XATTR_LIST:
		return follow ? lkl_sys_listxattr(path, room(), request.size) :
		       lkl_sys_llistxattr(path, room(), request.size);
	default:
		return follow ? lkl_sys_removexattr(path, request.name) :
		       lkl_sys_lremovexattr(path, request.name);
	}
}

static long do_host(const char *path)
{
	ssize_t ret;

	switch (request.what) {
	case XATTR_SET:
		ret = setxattr(path, request.name, request.value, request.size,
			       request.flags);
		break;
	case XATTR_GET:
		ret = getxattr(path, request.name, room(), request.size);
		break;
	case XATTR_LIST:
		ret = listxattr(path, room(), request.size);
		break;
	default:
		ret = removexattr(path, request.name);
	}
	return ret < 0 ? -errno : ret;
}

/*
 * Takes a descriptor of O_PATH, or -errno: any other way needs the right to read, and
 * may have effects.  The calls on descriptors refuse those of O_PATH, so use the path of
 * its link in /proc.
 */
static long do_descriptor(int fd)
{
	char path[DESCRIPTOR_PATH_SIZE];
	long ret;

	if (fd < 0)
		return fd;
	ret = do_host(descriptor_path(fd, path));
	close(fd);
	return ret;
}

/* The calls inside take a path: it begins in the working directory. */
static long do_place(const struct place *place, bool follow)
{
	char name[ROOTS_PROC_NAME_SIZE];
	long ret;

	if (place->host)
		return do_descriptor(host_open(place, O_PATH | O_CLOEXEC |
					       (follow ? 0 : O_NOFOLLOW), 0));
	if (*place->name) {
		if (place->name[0] != '/') {
			ret = lkl_sys_fchdir((unsigned int)place->fd);
			if (ret < 0)
				return ret;
		}
		return do_inside(place->name, follow);
	}
	ret = lkl_sys_fchdir((unsigned int)roots_proc());
	if (ret < 0)
		return ret;
	return do_inside(roots_proc_name(place->fd, name), true);
}

/* ---- The calls ---- */

static long xattr_at(struct call *call, enum what what, int dirfd,
		     uint64_t path, int at_flags, const struct parameters *p)
{
	bool changes = what == XATTR_SET || what == XATTR_REMOVE;
	bool follow = !(at_flags & AT_SYMLINK_NOFOLLOW);
	struct place place;
	long ret;

	if (at_flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	ret = read_request(call, what, p);
	if (ret < 0)
		return ret;
	ret = resolve_argument(call, dirfd, path,
			       (follow ? PLACE_FOLLOW : 0) |
			       (at_flags & AT_EMPTY_PATH ?
				PLACE_EMPTY | PLACE_CHANGE : 0),
			       &place);
	if (ret < 0)
		return ret;
	if (changes)
		ret = place_check_change(&place);
	/* Landlock does not see it. */
	if (ret == 0 && place.host && confined() && changes)
		ret = do_descriptor(place_pin(&place, follow, true));
	else if (ret == 0)
		ret = place.native ? CALL_CONTINUE : do_place(&place, follow);
	place_release(&place);
	return give_value(call, p, ret);
}

static long xattr_open(struct call *call, enum what what,
		       const struct parameters *p)
{
	struct object *object = call_object(call, (int)call->args[0]);
	struct place place = { .host = false };
	long ret;

	if (!object)
		return (what == XATTR_SET || what == XATTR_REMOVE) &&
		       place_check_descriptor(call, (int)call->args[0]) < 0 ?
		       -EROFS : CALL_CONTINUE;
	ret = read_request(call, what, p);
	if (ret < 0)
		return ret;
	place.fd = object_inside(object);
	return give_value(call, p, do_place(&place, true));
}

#define PATH(what, at_flags, ...)					\
	xattr_at(call, what, AT_FDCWD, call->args[0], at_flags,		\
		 &(const struct parameters){ __VA_ARGS__ })
#define OPEN(what, ...)							\
	xattr_open(call, what, &(const struct parameters){ __VA_ARGS__ })

#define SET_PARAMETERS	call->args[1], call->args[2], (size_t)call->args[3], \
			(int)call->args[4]
#define GET_PARAMETERS	call->args[1], call->args[2], (size_t)call->args[3], 0
#define LIST_PARAMETERS	0, call->args[1], (size_t)call->args[2], 0
#define REMOVE_PARAMETERS call->args[1], 0, 0, 0

#define DEFINE(name, ...)						\
	static long call_##name(struct call *call) { return __VA_ARGS__; }

DEFINE(setxattr, PATH(XATTR_SET, 0, SET_PARAMETERS))
DEFINE(lsetxattr, PATH(XATTR_SET, AT_SYMLINK_NOFOLLOW, SET_PARAMETERS))
DEFINE(fsetxattr, OPEN(XATTR_SET, SET_PARAMETERS))
DEFINE(getxattr, PATH(XATTR_GET, 0, GET_PARAMETERS))
DEFINE(lgetxattr, PATH(XATTR_GET, AT_SYMLINK_NOFOLLOW, GET_PARAMETERS))
DEFINE(fgetxattr, OPEN(XATTR_GET, GET_PARAMETERS))
DEFINE(listxattr, PATH(XATTR_LIST, 0, LIST_PARAMETERS))
DEFINE(llistxattr, PATH(XATTR_LIST, AT_SYMLINK_NOFOLLOW, LIST_PARAMETERS))
DEFINE(flistxattr, OPEN(XATTR_LIST, LIST_PARAMETERS))
DEFINE(removexattr, PATH(XATTR_REMOVE, 0, REMOVE_PARAMETERS))
DEFINE(lremovexattr, PATH(XATTR_REMOVE, AT_SYMLINK_NOFOLLOW, REMOVE_PARAMETERS))
DEFINE(fremovexattr, OPEN(XATTR_REMOVE, REMOVE_PARAMETERS))

/* The structure of setxattrat() and getxattrat(). */
struct at_parameters {
	uint64_t value;
	uint32_t size;
	uint32_t flags;
};

static long xattr_with_structure(struct call *call, enum what what)
{
	struct at_parameters in;

	if (call->args[5] < sizeof(in))
		return -EINVAL;
	/* A longer structure is that of a later kernel. */
	if (call->args[5] > sizeof(in))
		return -E2BIG;
	if (call_read(call, call->args[4], &in, sizeof(in)) < 0)
		return -EFAULT;
	if (what == XATTR_GET && in.flags)
		return -EINVAL;
	return xattr_at(call, what, (int)call->args[0], call->args[1],
			(int)call->args[2], &(const struct parameters) {
				call->args[3], in.value, in.size, (int)in.flags,
			});
}

static long call_setxattrat(struct call *call)
{
	return xattr_with_structure(call, XATTR_SET);
}

static long call_getxattrat(struct call *call)
{
	return xattr_with_structure(call, XATTR_GET);
}

static long call_listxattrat(struct call *call)
{
	return xattr_at(call, XATTR_LIST, (int)call->args[0], call->args[1],
			(int)call->args[2], &(const struct parameters) {
				.value = call->args[3],
				.size = (size_t)call->args[4],
			});
}

static long call_removexattrat(struct call *call)
{
	return xattr_at(call, XATTR_REMOVE, (int)call->args[0], call->args[1],
			(int)call->args[2], &(const struct parameters) {
				.name = call->args[3],
			});
}

const struct call_entry calls_xattr[] = {
	CALL_NAMED(setxattr, call_setxattr),
	CALL_NAMED(lsetxattr, call_lsetxattr),
	CALL_NAMED(fsetxattr, call_fsetxattr),
	CALL_NAMED(getxattr, call_getxattr),
	CALL_NAMED(lgetxattr, call_lgetxattr),
	CALL_NAMED(fgetxattr, call_fgetxattr),
	CALL_NAMED(listxattr, call_listxattr),
	CALL_NAMED(llistxattr, call_llistxattr),
	CALL_NAMED(flistxattr, call_flistxattr),
	CALL_NAMED(removexattr, call_removexattr),
	CALL_NAMED(lremovexattr, call_lremovexattr),
	CALL_NAMED(fremovexattr, call_fremovexattr),
	CALL_NAMED(setxattrat, call_setxattrat),
	CALL_NAMED(getxattrat, call_getxattrat),
	CALL_NAMED(listxattrat, call_listxattrat),
	CALL_NAMED(removexattrat, call_removexattrat),
	CALL_END
};

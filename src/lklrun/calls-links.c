// SPDX-License-Identifier: GPL-2.0-only
/*
 * calls-links.c - readlink, and what the program reads in its links of /proc.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "table.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "binds.h"
#include "host-open.h"
#include "process.h"
#include "resolve.h"
#include "roots.h"
#include "walk.h"

/* The link /proc/self/fd/N of a descriptor into the image. */
static long read_descriptor(struct call *call, int fd, char *buf)
{
	struct object *object = call_object(call, fd);
	struct place place = { .host = false };
	long ret;

	if (!object)
		return CALL_CONTINUE;
	place.fd = object_inside(object);
	ret = place_path(call, &place, buf);
	return ret < 0 ? place_describe(place.fd, buf) : ret;
}

/*
 * Read a link of /proc whose target is another one for the program.  Returns 0, -errno,
 * or CALL_CONTINUE if the host's target is right.
 */
static long read_proc_link(struct call *call, const struct place *place,
			   char *buf)
{
	const char *name;
	const struct bind_point *bind = place_bind(place, &name);
	const struct process *process = call->process;
	struct call owner = { .process = NULL };
	const char *path = bind ? host_proc_path(bind, name) : NULL;
	int fd;

	if (!path)
		return CALL_CONTINUE;
	switch (proc_link(call, path, &owner, &fd)) {
	case PROC_LINK_SELF:
		snprintf(buf, PATH_MAX, "%d", (int)process->pid);
		return 0;
	case PROC_LINK_THREAD_SELF:
		snprintf(buf, PATH_MAX, "%d/task/%d", (int)process->pid,
			 (int)call->tid);
		return 0;
	case PROC_LINK_CWD:
		return place_path(&owner, &owner.process->directories->cwd, buf);
	case PROC_LINK_ROOT:
		if (roots_are_of_host())
			return (strcpy(buf, "/"), 0);
		return place_path(&owner, &owner.process->directories->root, buf);
	case PROC_LINK_EXE:
		if (!owner.process->executable)
			return CALL_CONTINUE;
		snprintf(buf, PATH_MAX, "%s", owner.process->executable);
		return 0;
	case PROC_LINK_FD:
		return read_descriptor(&owner, fd, buf);
	default:
		return CALL_CONTINUE;
	}
}

static long read_place(struct call *call, const struct place *place, char *buf)
{
	const long args[6] = {
		place->fd, (long)place->name, (long)buf, PATH_MAX - 1,
	};
	long ret = place->host ? read_proc_link(call, place, buf) :
		   CALL_CONTINUE;

	if (ret != CALL_CONTINUE)
		return ret < 0 ? ret : (long)strlen(buf);
	if (place->native)
		return CALL_CONTINUE;
	return place_call(place, LKL___NR_readlinkat, SYS_readlinkat, args);
}

static long do_readlink(struct call *call, int dirfd, uint64_t path,
			uint64_t buf, int size)
{
	char target[PATH_MAX];
	struct place place;
	long ret;

	if (size <= 0)
		return -EINVAL;
	ret = resolve_argument(call, dirfd, path, PLACE_EMPTY | PLACE_NAME,
			       &place);
	if (ret < 0)
		return ret;
	ret = read_place(call, &place, target);
	place_release(&place);
	if (ret < 0)
		return ret;
	if (ret > size)
		ret = size;
	return call_write(call, buf, target, (size_t)ret) < 0 ? -EFAULT : ret;
}

#ifdef SYS_readlink
static long call_readlink(struct call *call)
{
	return do_readlink(call, AT_FDCWD, call->args[0], call->args[1],
			   (int)call->args[2]);
}
#endif

static long call_readlinkat(struct call *call)
{
	return do_readlink(call, (int)call->args[0], call->args[1],
			   call->args[2], (int)call->args[3]);
}

const struct call_entry calls_links[] = {
#ifdef SYS_readlink
	CALL_NAMED(readlink, call_readlink),
#endif
	CALL_NAMED(readlinkat, call_readlinkat),
	CALL_END
};

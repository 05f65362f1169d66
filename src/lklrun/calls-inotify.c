// SPDX-License-Identifier: GPL-2.0-only
/*
 * calls-inotify.c - inotify, for files of the image and of the host.
 *
 * The program's descriptor is the end of a pipe.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "table.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/descriptor-path.h"
#include "confined.h"
#include "host-open.h"
#include "inotify-instance.h"
#include "inotify.h"
#include "object.h"
#include "resolve.h"
#include "roots.h"

/* ---- Instances ---- */

static long make_instance(struct call *call, int flags)
{
	struct inotify_instance *instance;
	struct stat st;
	long ret;
	int end;

	if (flags & ~(IN_NONBLOCK | IN_CLOEXEC))
		return -EINVAL;
	instance = inotify_instance_new(&end);
	if (!instance)
		return -EMFILE;
	if (!(flags & IN_NONBLOCK))
		fcntl(end, F_SETFL, O_DIRECT);
	ret = fstat(end, &st) ? -errno :
	      call_give(call, end, flags & IN_CLOEXEC ? O_CLOEXEC : 0);
	close(end);
	if (call_failed(ret))
		inotify_instance_free(instance);
	else
		inotify_instance_add(instance, st.st_ino);
	return ret;
}

/* The instance behind a descriptor of the caller's: 0 or -errno. */
static long find_instance(const struct call *call, int fd,
			  struct inotify_instance **ret_instance)
{
	struct stat st;

	if (call_stat_descriptor(call, fd, &st))
		return -EBADF;
	*ret_instance = S_ISFIFO(st.st_mode) ? inotify_instance_find(st.st_ino) :
			NULL;
	return *ret_instance ? 0 : -EINVAL;
}

/* ---- Watches ---- */

/* The kernel inside takes a path: that of the open file. */
static long watch_inside(struct inotify_instance *instance,
			 const struct place *place, bool follow, uint32_t events)
{
	long fd = place_open_path(place, follow), ret;
	char name[ROOTS_PROC_NAME_SIZE];

	if (fd < 0)
		return fd;
	ret = lkl_sys_fchdir((unsigned int)roots_proc());
	if (ret == 0)
		ret = lkl_sys_inotify_add_watch(instance->inside,
						roots_proc_name((int)fd, name),
						events & ~(uint32_t)IN_DONT_FOLLOW);
	if (ret > 0)
		ret = inotify_instance_note_watch(instance, (int)ret, (int)fd,
						  events);
	/* From now on the host has to tell more. */
	if (ret > 0)
		objects_watch(events & IN_USE);
	lkl_sys_close((unsigned int)fd);
	return ret;
}

static int open_host(const struct call *call, const struct place *place,
		     const char *path, bool follow)
{
	const int flags = O_PATH | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW);
	char from[PATH_MAX + 64];
	int fd;

	if (confined())
		return place_pin(place, follow, false);
	if (place->fd >= 0 || *path == '/')
		return host_open(place, flags, 0);
	/* From the directory that the host knows as the caller's. */
	snprintf(from, sizeof(from), "/proc/%d/cwd/%s", (int)call->tid, path);
	fd = open(from, flags);
	return fd < 0 ? -errno : fd;
}

static long watch_host(struct call *call, struct inotify_instance *instance,
		       const struct place *place, const char *path, bool follow,
		       uint32_t events)
{
	cleanup_close int fd = open_host(call, place, path, follow);
	char name[DESCRIPTOR_PATH_SIZE];
	int ret;

	if (fd < 0)
		return fd;
	ret = inotify_add_watch(instance->host, descriptor_path(fd, name),
				events & ~(uint32_t)IN_DONT_FOLLOW);
	return ret < 0 ? -errno : ret + INOTIFY_HOST_WATCHES;
}

static long call_inotify_add_watch(struct call *call)
{
	uint32_t events = (uint32_t)call->args[2];
	bool follow = !(events & IN_DONT_FOLLOW);
	struct inotify_instance *instance = NULL;
	char path[PATH_MAX];
	struct place place;
	long ret = call_read_path(call, call->args[1], path);

	if (ret == 0)
		ret = find_instance(call, (int)call->args[0], &instance);
	if (ret == 0)
		ret = resolve(call, AT_FDCWD, path, follow ? PLACE_FOLLOW : 0,
			      &place);
	if (ret < 0)
		return ret;
	ret = place.host ?
	      watch_host(call, instance, &place, path, follow, events) :
	      watch_inside(instance, &place, follow, events);
	place_release(&place);
	return ret;
}

static long call_inotify_rm_watch(struct call *call)
{
	int number = (int)call->args[1];
	struct inotify_instance *instance;
	long ret = find_instance(call, (int)call->args[0], &instance);

	if (ret < 0)
		return ret;
	/* What has happened before is told before. */
	inotify_instance_take(instance);
	if (number < INOTIFY_HOST_WATCHES)
		return lkl_sys_inotify_rm_watch(instance->inside, number);
	number -= INOTIFY_HOST_WATCHES;
	return inotify_rm_watch(instance->host, number) ? -errno : 0;
}

#ifdef SYS_inotify_init
static long call_inotify_init(struct call *call)
{
	return make_instance(call, 0);
}
#endif

static long call_inotify_init1(struct call *call)
{
	return make_instance(call, (int)call->args[0]);
}

const struct call_entry calls_inotify[] = {
#ifdef SYS_inotify_init
	CALL_NAMED(inotify_init, call_inotify_init),
#endif
	CALL_NAMED(inotify_init1, call_inotify_init1),
	CALL_NAMED(inotify_add_watch, call_inotify_add_watch),
	CALL_NAMED(inotify_rm_watch, call_inotify_rm_watch),
	CALL_END
};

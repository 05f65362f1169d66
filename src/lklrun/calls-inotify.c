// SPDX-License-Identifier: GPL-2.0-only
/*
 * calls-inotify.c - inotify, for files of the image and of the host.
 *
 * The program's descriptor is the end of a pipe; each event is a packet (O_DIRECT).
 * The kernel inside tells of names, attributes and sizes: it sees these changes as
 * they are made.  It does not see how a regular file is used, as that is a file in
 * memory: the host tells of it (object.c).  That lklrun itself opens and closes files
 * inside is told to nobody.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "table.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/descriptor-path.h"
#include "confined.h"
#include "files.h"
#include "host-open.h"
#include "inotify.h"
#include "object.h"
#include "process.h"
#include "resolve.h"
#include "roots.h"

/* Watches of the host have numbers from here on: each kernel begins with 1. */
#define HOST_WATCHES	0x40000000

/* As /proc/sys/fs/inotify/max_queued_events is by default. */
#define EVENTS_MAX	16384u
#define RETRY_MS	20
#define PIPE_BYTES	(256 << 10)	/* 64 packets */

#define BUFFER		4096
#define NAME_LENGTH(n)	(((n) + 1 + 15) & ~(size_t)15)	/* as the kernel pads */

/* A watch of a file of the image. */
struct watch {
	int number;
	uint32_t events;
	uint64_t ino;
	uint32_t dev_major, dev_minor;
	struct watch *next;
};

/* An event that did not fit into the pipe. */
struct queued {
	struct queued *next;
	size_t len;
	char bytes[];
};

struct instance {
	uint64_t key;		/* inode number of the pipe */
	int pipe;		/* its end for writing */
	int inside;		/* inotify of the kernel inside */
	int host;		/* of the host */
	struct watch *watches;
	struct queued *first, **last;
	unsigned int n_queued;
	struct instance *next;
};

static struct instance *instances;
static int epoll = -1;		/* of the host's inotify of all instances */

/* ---- Events ---- */

static bool send_now(const struct instance *instance, const void *event,
		     size_t len)
{
	/* EPIPE: nobody reads it any more; instances_sweep() sees it, too. */
	return write(instance->pipe, event, len) >= 0 || errno == EPIPE;
}

static void send_event(struct instance *instance, const struct inotify_event *event)
{
	static const struct inotify_event overflow = {
		.wd = -1, .mask = IN_Q_OVERFLOW,
	};
	struct queued *queued;
	size_t len;

	if (instance->n_queued > EVENTS_MAX)
		return;
	if (instance->n_queued == EVENTS_MAX)
		event = &overflow;
	len = sizeof(*event) + event->len;
	if (!instance->first && send_now(instance, event, len))
		return;
	queued = malloc(sizeof(*queued) + len);
	if (!queued)
		return;
	queued->next = NULL;
	queued->len = len;
	memcpy(queued->bytes, event, len);
	*instance->last = queued;
	instance->last = &queued->next;
	instance->n_queued++;
}

static void queue_remove(struct instance *instance)
{
	struct queued *queued = instance->first;

	instance->first = queued->next;
	if (!instance->first)
		instance->last = &instance->first;
	instance->n_queued--;
	free(queued);
}

static void queue_send(struct instance *instance)
{
	while (instance->first &&
	       send_now(instance, instance->first->bytes, instance->first->len))
		queue_remove(instance);
}

static void watch_remove(struct instance *instance, int number)
{
	struct watch **at = &instance->watches, *watch;

	while (*at && (*at)->number != number)
		at = &(*at)->next;
	watch = *at;
	if (!watch)
		return;
	*at = watch->next;
	free(watch);
}

/* What one of the two kernels has told. */
static void take_events(struct instance *instance, char *buf, long len,
			bool host, bool drop)
{
	struct inotify_event *event;
	long at;

	for (at = 0; at + (long)sizeof(*event) <= len;
	     at += (long)(sizeof(*event) + event->len)) {
		event = (struct inotify_event *)(void *)(buf + at);
		if (host && event->wd >= 0)
			event->wd += HOST_WATCHES;
		if (!host && event->mask & IN_IGNORED)
			watch_remove(instance, event->wd);
		else if (drop)
			continue;
		if (!host && event->mask & (IN_OPEN | IN_CLOSE | IN_ACCESS) &&
		    !(event->mask & IN_ISDIR))
			continue;
		send_event(instance, event);
	}
}

static void take_inside(struct instance *instance, bool drop)
{
	_Alignas(struct inotify_event) char buf[BUFFER];
	long len;

	while ((len = lkl_sys_read((unsigned int)instance->inside, buf,
				   sizeof(buf))) > 0)
		take_events(instance, buf, len, false, drop);
}

static void take_host(struct instance *instance)
{
	_Alignas(struct inotify_event) char buf[BUFFER];
	ssize_t len;

	while ((len = read(instance->host, buf, sizeof(buf))) > 0)
		take_events(instance, buf, len, true, false);
}

void inotify_hold(void)
{
	struct instance *instance;

	for (instance = instances; instance; instance = instance->next)
		take_inside(instance, false);
}

void inotify_release(void)
{
	struct instance *instance;

	for (instance = instances; instance; instance = instance->next)
		take_inside(instance, true);
}

/* ---- Regular files ---- */

static const struct watch *watch_find(const struct instance *instance,
				      const struct lkl_statx *st)
{
	const struct watch *watch = instance->watches;

	while (watch && (watch->ino != st->stx_ino ||
			 watch->dev_major != st->stx_dev_major ||
			 watch->dev_minor != st->stx_dev_minor))
		watch = watch->next;
	return watch;
}

/* Tell all who watch the file, or with @name the folder that it is in. */
static void tell(const struct lkl_statx *st, uint32_t events, const char *name)
{
	union {
		struct inotify_event event;
		char space[sizeof(struct inotify_event) + NAME_LENGTH(NAME_MAX)];
	} buf;
	struct instance *instance;
	const struct watch *watch;

	for (instance = instances; instance; instance = instance->next) {
		watch = watch_find(instance, st);
		if (!watch || !(watch->events & events))
			continue;
		memset(&buf, 0, sizeof(buf));
		buf.event.wd = watch->number;
		buf.event.mask = watch->events & events;
		if (name) {
			buf.event.len = (uint32_t)NAME_LENGTH(strlen(name));
			memcpy(buf.space + sizeof(buf.event), name, strlen(name));
		}
		send_event(instance, &buf.event);
	}
}

void inotify_used(int inside, uint32_t events)
{
	struct lkl_statx st, folder;
	char path[PATH_MAX], *name;

	events &= IN_USE;
	if (!instances || !events)
		return;
	process_act_as(NULL);
	if (lkl_sys_statx(inside, "", LKL_AT_EMPTY_PATH,
			  LKL_STATX_INO | LKL_STATX_NLINK, &st))
		return;
	/* Those who watch the folder are told first, as the kernel does it. */
	if (st.stx_nlink && place_describe(inside, path) >= 0 &&
	    path[0] == '/') {
		name = strrchr(path, '/');
		*name++ = '\0';
		if (strlen(name) <= NAME_MAX &&
		    !lkl_sys_statx(LKL_AT_FDCWD, *path ? path : "/", 0,
				   LKL_STATX_INO, &folder))
			tell(&folder, events, name);
	}
	tell(&st, events, NULL);
}

/* ---- Instances ---- */

static void instance_free(struct instance *instance)
{
	while (instance->first)
		queue_remove(instance);
	while (instance->watches)
		watch_remove(instance, instance->watches->number);
	if (instance->pipe >= 0)
		close(instance->pipe);
	if (instance->host >= 0)
		close(instance->host);
	if (instance->inside >= 0)
		lkl_sys_close((unsigned int)instance->inside);
	free(instance);
}

/* Free those that the program has closed. */
static void instances_sweep(void)
{
	struct instance **at = &instances, *instance;
	struct pollfd end;

	while (*at) {
		instance = *at;
		end = (struct pollfd){ .fd = instance->pipe };
		if (poll(&end, 1, 0) <= 0 || !(end.revents & POLLERR)) {
			at = &instance->next;
			continue;
		}
		*at = instance->next;
		instance_free(instance);
	}
}

static struct instance *instance_new(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct instance *instance = calloc(1, sizeof(*instance));

	if (!instance)
		return NULL;
	instance->last = &instance->first;
	instance->pipe = instance->host = -1;
	instance->inside = (int)lkl_sys_inotify_init1(LKL_O_NONBLOCK |
						      LKL_O_CLOEXEC);
	if (instance->inside >= 0)
		instance->host = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (epoll < 0)
		epoll = epoll_create1(EPOLL_CLOEXEC);
	if (instance->host < 0 || epoll < 0 ||
	    epoll_ctl(epoll, EPOLL_CTL_ADD, instance->host, &event)) {
		instance_free(instance);
		return NULL;
	}
	return instance;
}

static long make_instance(struct call *call, int flags)
{
	struct instance *instance;
	int ends[2];
	struct stat st;
	long ret;

	if (flags & ~(IN_NONBLOCK | IN_CLOEXEC))
		return -EINVAL;
	instances_sweep();
	instance = instance_new();
	if (!instance)
		return -EMFILE;
	if (pipe2(ends, O_CLOEXEC | O_DIRECT | O_NONBLOCK)) {
		instance_free(instance);
		return -EMFILE;
	}
	instance->pipe = ends[1];
	fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES);
	if (!(flags & IN_NONBLOCK))
		fcntl(ends[0], F_SETFL, O_DIRECT);
	ret = fstat(ends[0], &st) ? -errno :
	      call_give(call, ends[0], flags & IN_CLOEXEC ? O_CLOEXEC : 0);
	close(ends[0]);
	if (call_failed(ret)) {
		instance_free(instance);
		return ret;
	}
	instance->key = st.st_ino;
	instance->next = instances;
	instances = instance;
	return ret;
}

/* The instance behind a descriptor of the caller's: 0 or -errno. */
static long find_instance(const struct call *call, int fd,
			  struct instance **ret_instance)
{
	struct instance *instance;
	struct stat st;

	if (call_stat_descriptor(call, fd, &st))
		return -EBADF;
	for (instance = instances; instance; instance = instance->next)
		if (S_ISFIFO(st.st_mode) && instance->key == st.st_ino)
			break;
	*ret_instance = instance;
	return instance ? 0 : -EINVAL;
}

int inotify_fd(void)
{
	return epoll;
}

int inotify_tick(void)
{
	struct instance *instance;
	int ret = -1;

	for (instance = instances; instance; instance = instance->next) {
		take_inside(instance, false);
		take_host(instance);
		queue_send(instance);
		if (instance->first)
			ret = RETRY_MS;
	}
	return ret;
}

void inotify_end(void)
{
	struct instance *instance;

	while ((instance = instances)) {
		instances = instance->next;
		instance_free(instance);
	}
}

/* ---- Watches ---- */

static long watch_note(struct instance *instance, int number, int fd,
		       uint32_t events)
{
	struct watch *watch = instance->watches;
	struct lkl_statx st;
	long ret;

	while (watch && watch->number != number)
		watch = watch->next;
	if (watch) {
		watch->events = events & IN_MASK_ADD ? watch->events | events :
				events;
		return number;
	}
	ret = lkl_sys_statx(fd, "", LKL_AT_EMPTY_PATH, LKL_STATX_INO, &st);
	watch = ret < 0 ? NULL : malloc(sizeof(*watch));
	if (!watch) {
		lkl_sys_inotify_rm_watch(instance->inside, number);
		return ret < 0 ? ret : -ENOMEM;
	}
	*watch = (struct watch){
		number, events, st.stx_ino, st.stx_dev_major, st.stx_dev_minor,
		instance->watches,
	};
	instance->watches = watch;
	return number;
}

/* The kernel inside takes a path: that of the open file. */
static long watch_inside(struct instance *instance, const struct place *place,
			 bool follow, uint32_t events)
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
		ret = watch_note(instance, (int)ret, (int)fd, events);
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

static long watch_host(struct call *call, struct instance *instance,
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
	return ret < 0 ? -errno : ret + HOST_WATCHES;
}

static long call_inotify_add_watch(struct call *call)
{
	uint32_t events = (uint32_t)call->args[2];
	bool follow = !(events & IN_DONT_FOLLOW);
	struct instance *instance;
	char path[PATH_MAX];
	struct place place;
	long ret = call_read_path(call, call->args[1], path);

	if (ret == 0)
		ret = find_instance(call, (int)call->args[0], &instance);
	if (ret == 0)
		ret = resolve(call, AT_FDCWD, path, follow ? RESOLVE_FOLLOW : 0,
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
	struct instance *instance;
	long ret = find_instance(call, (int)call->args[0], &instance);

	if (ret < 0)
		return ret;
	/* What has happened before is told before. */
	take_inside(instance, false);
	take_host(instance);
	if (number < HOST_WATCHES)
		return lkl_sys_inotify_rm_watch(instance->inside, number);
	return inotify_rm_watch(instance->host, number - HOST_WATCHES) ? -errno :
	       0;
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

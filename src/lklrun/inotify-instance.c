// SPDX-License-Identifier: GPL-2.0-only
/*
 * inotify-instance.c - what a descriptor of inotify_init() stands for: an inotify of the
 * kernel inside, one of the host, and the queue of what both tell.
 *
 * The kernel inside tells of names, attributes and sizes: it sees these changes as
 * they are made.  It does not see how a regular file is used, as that is a file in
 * memory: the host tells of it (object.c).  That lklrun itself opens and closes files
 * inside is told to nobody.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "inotify-instance.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <lkl.h>

#include "inotify.h"
#include "process.h"
#include "resolve.h"

#define RETRY_MS	20

#define BUFFER		4096
#define NAME_LENGTH(n)	(((n) + 1 + 15) & ~(size_t)15)	/* as the kernel pads */

/* A watch of a file of the image. */
struct inotify_watch {
	int number;
	uint32_t events;
	uint64_t ino;
	uint32_t dev_major, dev_minor;
	struct inotify_watch *next;
};

static struct inotify_instance *instances;
static int epoll = -1;		/* of the host's inotify of all instances */

/* ---- Watches ---- */

/* Where the watch is in the list; the end of the list if there is none. */
static struct inotify_watch **watch_at(struct inotify_instance *instance,
				       int number)
{
	struct inotify_watch **at = &instance->watches;

	while (*at && (*at)->number != number)
		at = &(*at)->next;
	return at;
}

static void watch_remove(struct inotify_instance *instance, int number)
{
	struct inotify_watch **at = watch_at(instance, number);
	struct inotify_watch *watch = *at;

	if (!watch)
		return;
	*at = watch->next;
	free(watch);
}

static const struct inotify_watch *
watch_of_file(const struct inotify_instance *instance,
	      const struct lkl_statx *st)
{
	const struct inotify_watch *watch = instance->watches;

	while (watch && (watch->ino != st->stx_ino ||
			 watch->dev_major != st->stx_dev_major ||
			 watch->dev_minor != st->stx_dev_minor))
		watch = watch->next;
	return watch;
}

long inotify_instance_note_watch(struct inotify_instance *instance, int number,
				 int fd, uint32_t events)
{
	struct inotify_watch *watch = *watch_at(instance, number);
	struct lkl_statx st;
	long ret;

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
	*watch = (struct inotify_watch){
		number, events, st.stx_ino, st.stx_dev_major, st.stx_dev_minor,
		instance->watches,
	};
	instance->watches = watch;
	return number;
}

/* ---- What the kernels tell ---- */

static void take_events(struct inotify_instance *instance, char *buf, long len,
			bool host, bool drop)
{
	struct inotify_event *event;
	long at;

	for (at = 0; at + (long)sizeof(*event) <= len;
	     at += (long)(sizeof(*event) + event->len)) {
		event = (struct inotify_event *)(void *)(buf + at);
		if (host && event->wd >= 0)
			event->wd += INOTIFY_HOST_WATCHES;
		if (!host && event->mask & IN_IGNORED)
			watch_remove(instance, event->wd);
		else if (drop)
			continue;
		if (!host && event->mask & (IN_OPEN | IN_CLOSE | IN_ACCESS) &&
		    !(event->mask & IN_ISDIR))
			continue;
		inotify_queue_add(&instance->queue, event);
	}
}

static void take_inside(struct inotify_instance *instance, bool drop)
{
	_Alignas(struct inotify_event) char buf[BUFFER];
	long len;

	while ((len = lkl_sys_read((unsigned int)instance->inside, buf,
				   sizeof(buf))) > 0)
		take_events(instance, buf, len, false, drop);
}

static void take_host(struct inotify_instance *instance)
{
	_Alignas(struct inotify_event) char buf[BUFFER];
	ssize_t len;

	while ((len = read(instance->host, buf, sizeof(buf))) > 0)
		take_events(instance, buf, len, true, false);
}

void inotify_instance_take(struct inotify_instance *instance)
{
	take_inside(instance, false);
	take_host(instance);
}

void inotify_hold(void)
{
	struct inotify_instance *instance;

	for (instance = instances; instance; instance = instance->next)
		take_inside(instance, false);
}

void inotify_release(void)
{
	struct inotify_instance *instance;

	for (instance = instances; instance; instance = instance->next)
		take_inside(instance, true);
}

/* ---- Regular files ---- */

/* Tell all who watch the file, or with @name the folder that it is in. */
static void tell_watchers(const struct lkl_statx *st, uint32_t events,
			  const char *name)
{
	union {
		struct inotify_event event;
		char space[sizeof(struct inotify_event) + NAME_LENGTH(NAME_MAX)];
	} buf;
	struct inotify_instance *instance;
	const struct inotify_watch *watch;

	for (instance = instances; instance; instance = instance->next) {
		watch = watch_of_file(instance, st);
		if (!watch || !(watch->events & events))
			continue;
		memset(&buf, 0, sizeof(buf));
		buf.event.wd = watch->number;
		buf.event.mask = watch->events & events;
		if (name) {
			buf.event.len = (uint32_t)NAME_LENGTH(strlen(name));
			memcpy(buf.space + sizeof(buf.event), name, strlen(name));
		}
		inotify_queue_add(&instance->queue, &buf.event);
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
			tell_watchers(&folder, events, name);
	}
	tell_watchers(&st, events, NULL);
}

/* ---- Instances ---- */

void inotify_instance_free(struct inotify_instance *instance)
{
	inotify_queue_close(&instance->queue);
	while (instance->watches)
		watch_remove(instance, instance->watches->number);
	if (instance->host >= 0)
		close(instance->host);
	if (instance->inside >= 0)
		lkl_sys_close((unsigned int)instance->inside);
	free(instance);
}

/* Free those that the program has closed. */
static void sweep_instances(void)
{
	struct inotify_instance **at = &instances, *instance;

	while (*at) {
		instance = *at;
		if (!inotify_queue_is_closed(&instance->queue)) {
			at = &instance->next;
			continue;
		}
		*at = instance->next;
		inotify_instance_free(instance);
	}
}

struct inotify_instance *inotify_instance_new(int *ret_end)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct inotify_instance *instance;
	int end;

	sweep_instances();
	instance = calloc(1, sizeof(*instance));
	if (!instance)
		return NULL;
	instance->inside = instance->host = -1;
	end = inotify_queue_open(&instance->queue);
	if (end >= 0)
		instance->inside = (int)lkl_sys_inotify_init1(LKL_O_NONBLOCK |
							      LKL_O_CLOEXEC);
	if (instance->inside >= 0)
		instance->host = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (epoll < 0)
		epoll = epoll_create1(EPOLL_CLOEXEC);
	if (instance->host < 0 || epoll < 0 ||
	    epoll_ctl(epoll, EPOLL_CTL_ADD, instance->host, &event)) {
		if (end >= 0)
			close(end);
		inotify_instance_free(instance);
		return NULL;
	}
	*ret_end = end;
	return instance;
}

void inotify_instance_add(struct inotify_instance *instance, uint64_t key)
{
	instance->key = key;
	instance->next = instances;
	instances = instance;
}

struct inotify_instance *inotify_instance_find(uint64_t key)
{
	struct inotify_instance *instance = instances;

	while (instance && instance->key != key)
		instance = instance->next;
	return instance;
}

int inotify_fd(void)
{
	return epoll;
}

int inotify_tick(void)
{
	struct inotify_instance *instance;
	int ret = -1;

	for (instance = instances; instance; instance = instance->next) {
		inotify_instance_take(instance);
		if (!inotify_queue_send(&instance->queue))
			ret = RETRY_MS;
	}
	return ret;
}

void inotify_end(void)
{
	struct inotify_instance *instance;

	while ((instance = instances)) {
		instances = instance->next;
		inotify_instance_free(instance);
	}
}

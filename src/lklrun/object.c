// SPDX-License-Identifier: GPL-2.0-only
/*
 * object.c - the files in memory that are behind the program's descriptors, and
 * placeholders: those of directories and the like.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "object.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/descriptor-path.h"
#include "common/error.h"
#include "files.h"
#include "inotify.h"

#define BUCKETS 4096u

/* By inode number, and by number of the watch. */
static struct object *objects[BUCKETS], *watches[BUCKETS];
static dev_t memory_device;		/* of all files in memory */
static int inotify = -1;
static uint32_t watched = IN_CLOSE_WRITE | IN_CLOSE_NOWRITE;

int objects_init(struct lkl_error *err)
{
	cleanup_close int fd = memfd_create("lklrun", MFD_CLOEXEC);
	struct stat st;

	inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (fd < 0 || inotify < 0 || fstat(fd, &st))
		return error_set(err, -errno,
				 "cannot make or watch files in memory (memfd_create, inotify): %s",
				 strerror(errno));
	memory_device = st.st_dev;
	return 0;
}

int objects_fd(void)
{
	return inotify;
}

int object_reopen(const struct object *object, int flags)
{
	char path[DESCRIPTOR_PATH_SIZE];
	int fd = open(descriptor_path(object->memory, path), flags | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static bool lease_is_refused(const struct object *object, int kind)
{
	if (fcntl(object->memory, F_SETLEASE, kind))
		return true;
	fcntl(object->memory, F_SETLEASE, F_UNLCK);
	return false;
}

bool object_is_open(const struct object *object)
{
	return lease_is_refused(object, F_WRLCK);
}

bool object_has_writers(const struct object *object)
{
	return lease_is_refused(object, F_RDLCK);
}

static struct object *find_object(uint64_t key)
{
	struct object *object = objects[key % BUCKETS];

	while (object && object->key != key)
		object = object->next;
	return object;
}

int object_memory(int memory)
{
	char path[DESCRIPTOR_PATH_SIZE];
	int fd = open(descriptor_path(memory, path), O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fd = -errno;
	close(memory);
	return fd;
}

int object_new(int memory, struct object **ret_object)
{
	struct object *object = calloc(1, sizeof(*object));
	char path[DESCRIPTOR_PATH_SIZE];
	struct stat st;
	int ret;

	if (!object)
		return -ENOMEM;
	object->inside = -1;
	object->memory = memory;
	object->watch = -1;
	if (fstat(memory, &st)) {
		ret = -errno;
		goto fail;
	}
	object->watch = inotify_add_watch(inotify, descriptor_path(memory, path),
					  watched);
	if (object->watch < 0) {
		ret = errno == ENOSPC ? -ENFILE : -errno;
		goto fail;
	}
	object->key = st.st_ino;
	object->next = objects[object->key % BUCKETS];
	objects[object->key % BUCKETS] = object;
	object->next_watch = watches[(unsigned int)object->watch % BUCKETS];
	watches[(unsigned int)object->watch % BUCKETS] = object;
	*ret_object = object;
	return 0;
fail:
	free(object);
	return ret;
}

void object_drop(struct object *object)
{
	struct object **at;

	for (at = &objects[object->key % BUCKETS]; *at != object;
	     at = &(*at)->next)
		;
	*at = object->next;
	for (at = &watches[(unsigned int)object->watch % BUCKETS];
	     *at != object; at = &(*at)->next_watch)
		;
	*at = object->next_watch;
	inotify_rm_watch(inotify, object->watch);
	close(object->memory);
	if (object->inside >= 0)
		lkl_sys_close((unsigned int)object->inside);
	free(object);
}

void objects_watch(uint32_t events)
{
	char path[DESCRIPTOR_PATH_SIZE];
	struct object *object;
	unsigned int i;

	if (!(events & ~watched))
		return;
	watched |= events;
	for (i = 0; i < BUCKETS; i++)
		for (object = objects[i]; object; object = object->next)
			inotify_add_watch(inotify,
					  descriptor_path(object->memory, path),
					  watched);
}

/*
 * The host tells that a description is closed before it is.  That of a placeholder is the
 * only one: wait for it, since no other event will come.
 */
static bool wait_for_close(const struct object *object)
{
	const struct timespec moment = { .tv_nsec = 50000 };
	unsigned int i;

	for (i = 0; i < 200 && object_is_open(object); i++)
		if (i > 10)
			nanosleep(&moment, NULL);
	return i < 200;
}

/* @mask: IN_...; 0: something may have been closed */
static void handle_close(struct object *object, uint32_t mask)
{
	if (object->file)
		file_closed(object->file);
	else if (mask & IN_CLOSE_NOWRITE ? wait_for_close(object) :
		 !object_is_open(object))
		object_drop(object);
}

/* Events were lost: look at everything. */
static void handle_overflow(void)
{
	struct object *object, *next;
	unsigned int i;

	for (i = 0; i < BUCKETS; i++)
		for (object = objects[i]; object; object = next) {
			next = object->next;
			handle_close(object, 0);
		}
}

void objects_drain(void)
{
	_Alignas(struct inotify_event) char buf[4096];
	const struct inotify_event *event;
	struct object *object;
	ssize_t len, i;

	while ((len = read(inotify, buf, sizeof(buf))) > 0) {
		for (i = 0; i < len; i += (ssize_t)(sizeof(*event) + event->len)) {
			event = (const void *)(buf + i);
			if (event->mask & IN_Q_OVERFLOW) {
				handle_overflow();
				continue;
			}
			object = watches[(unsigned int)event->wd % BUCKETS];
			while (object && object->watch != event->wd)
				object = object->next_watch;
			if (object && object->file)
				inotify_used(file_descriptor(object->file),
					     event->mask);
			/* Not the end of a watch that was removed. */
			if (object && event->mask & IN_CLOSE)
				handle_close(object, event->mask);
		}
	}
}

void objects_end(void)
{
	struct object *object, *next;
	unsigned int i;

	objects_drain();
	for (i = 0; i < BUCKETS; i++)
		for (object = objects[i]; object; object = next) {
			next = object->next;
			if (!object->file)
				object_drop(object);
		}
}

struct object *call_object(const struct call *call, int fd)
{
	cleanup_close int copy = call_borrow(call, fd);
	struct stat st;

	if (copy < 0 ? call_stat_descriptor(call, fd, &st) : fstat(copy, &st))
		return NULL;
	if (st.st_dev != memory_device)
		return NULL;
	return find_object(st.st_ino);
}

int object_inside(const struct object *object)
{
	return object->file ? file_descriptor(object->file) : object->inside;
}

/*
 * Each open file description has a placeholder of its own: the offset of that is the
 * offset of the directory, as lseek() or getdents64() have left it.
 */
long placeholder_give(struct call *call, int inside, int flags)
{
	cleanup_close int memory = memfd_create("lklrun", MFD_CLOEXEC);
	cleanup_close int fd = -1;
	struct object *object;
	long ret;

	memory = memory < 0 ? -errno : object_memory(memory);
	ret = memory < 0 ? memory : object_new(memory, &object);
	if (ret < 0) {
		lkl_sys_close((unsigned int)inside);
		return ret;
	}
	memory = -1;
	object->inside = inside;
	object->flags = flags;
	fd = object_reopen(object, O_RDONLY);
	ret = fd < 0 ? fd : call_give(call, fd, flags & LKL_O_CLOEXEC ?
				      O_CLOEXEC : 0);
	if (call_failed(ret))
		object_drop(object);
	return ret;
}

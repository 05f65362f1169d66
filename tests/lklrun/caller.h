/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * caller.h - a caller for tests of lklrun's parts, which is the test itself: its
 * memory is that of the program, and descriptors from CALLER_FD on lead inside.
 */
#ifndef TESTS_LKLRUN_CALLER_H
#define TESTS_LKLRUN_CALLER_H

#include "boot/boot.h"
#include "lklrun/files.h"
#include "lklrun/process.h"
#include "lklrun/resolve.h"

#define CALLER_FD	700
#define CALLER_FDS	8

static struct directories caller_directories;
static struct process caller_process = { .directories = &caller_directories };
static struct call caller_call = { .process = &caller_process };
static struct object caller_objects[CALLER_FDS];

void process_act_as(const struct process *process)
{
	(void)process;
}

/* There is one process, without other threads. */
struct task *task_find(pid_t tid)
{
	(void)tid;
	return NULL;
}

/* ---- Memory ---- */

/* The test uses addresses below this for bad ones. */
#define CALLER_BAD	4096u

int call_read(const struct call *call, uint64_t address, void *buf, size_t len)
{
	(void)call;
	if (address < CALLER_BAD)
		return -EFAULT;
	memcpy(buf, (const void *)(uintptr_t)address, len);
	return 0;
}

int call_write(const struct call *call, uint64_t address, const void *buf,
	       size_t len)
{
	(void)call;
	if (address < CALLER_BAD)
		return -EFAULT;
	memcpy((void *)(uintptr_t)address, buf, len);
	return 0;
}

int call_read_path(const struct call *call, uint64_t address, char *buf)
{
	(void)call;
	if (address < CALLER_BAD)
		return -EFAULT;
	if (strlen((const char *)(uintptr_t)address) >= PATH_MAX)
		return -ENAMETOOLONG;
	strcpy(buf, (const char *)(uintptr_t)address);
	return 0;
}

/* ---- Descriptors ---- */

struct object *call_object(const struct call *call, int fd)
{
	(void)call;
	return fd >= CALLER_FD && fd < CALLER_FD + CALLER_FDS &&
	       caller_objects[fd - CALLER_FD].inside ?
	       &caller_objects[fd - CALLER_FD] : NULL;
}

int object_inside(const struct object *object)
{
	return object->inside;
}

/* A placeholder's offset is that of its file in memory. */
int call_borrow(const struct call *call, int fd)
{
	struct object *object = call_object(call, fd);
	int copy = fcntl(object ? object->memory : fd, F_DUPFD_CLOEXEC, 0);

	return copy < 0 ? -errno : copy;
}

long call_unsupported(const struct call *call, long error)
{
	(void)call;
	return error;
}

/* ---- Files in memory: there are none ---- */

HELPER unsigned int caller_flushes, caller_resizes;

void file_complete_stat(struct lkl_statx *st)
{
	(void)st;
}

struct file *file_find_closed(int dir, const char *name)
{
	(void)dir;
	(void)name;
	return NULL;
}

void file_forget_deleted(struct file *file)
{
	(void)file;
}

int files_flush_inside(int fd)
{
	(void)fd;
	caller_flushes++;
	return 0;
}

int files_resize_inside(int fd)
{
	(void)fd;
	caller_resizes++;
	return 0;
}

#endif /* TESTS_LKLRUN_CALLER_H */

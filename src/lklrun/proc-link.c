// SPDX-License-Identifier: GPL-2.0-only
/*
 * proc-link.c - links in /proc that lead elsewhere for the program than for the host.
 */
#include <stdlib.h>
#include <string.h>

#include "process.h"
#include "walk.h"

/* Skip a decimal number and the slash after it, or NULL. */
static const char *skip_number(const char *text, long *ret_number)
{
	char *end;

	if (*text < '0' || *text > '9')
		return NULL;
	*ret_number = strtol(text, &end, 10);
	return *end == '/' ? end + 1 : NULL;
}

/* Fill @ret_owner as if the task of the folder @tid made a call. */
static bool find_owner(const struct call *call, long tid, struct call *ret_owner)
{
	const struct task *task;

	if (tid == call->process->pid || tid == call->tid) {
		*ret_owner = *call;
		return true;
	}
	task = task_find((pid_t)tid);
	if (!task || !task->process)
		return false;
	*ret_owner = (struct call) {
		.tid = task->tid, .process = task->process,
	};
	return true;
}

enum proc_link proc_link(const struct call *call, const char *path,
			 struct call *ret_owner, int *ret_fd)
{
	const char *last = strrchr(path, '/');
	enum proc_link link;
	char *end;
	long pid, tid;

	if (!strcmp(path, "self"))
		return PROC_LINK_SELF;
	if (!strcmp(path, "thread-self"))
		return PROC_LINK_THREAD_SELF;
	path = skip_number(path, &pid);
	if (!path)
		return PROC_LINK_NONE;
	if (!strncmp(path, "task/", 5)) {
		path = skip_number(path + 5, &tid);
		if (!path)
			return PROC_LINK_NONE;
		pid = tid;
	}
	if (!strncmp(path, "ns/", 3))
		return PROC_LINK_OTHER;
	/* Writing to a file in memory by this link would go unnoticed. */
	if (!strncmp(path, "map_files/", 10))
		return PROC_LINK_REFUSED;
	if (!strcmp(path, "cwd"))
		link = PROC_LINK_CWD;
	else if (!strcmp(path, "root"))
		link = PROC_LINK_ROOT;
	else if (!strcmp(path, "exe"))
		link = PROC_LINK_EXE;
	else if (!strncmp(path, "fd/", 3) && last == path + 2 && last[1])
		link = PROC_LINK_FD;
	else
		return PROC_LINK_NONE;
	if (link == PROC_LINK_FD) {
		*ret_fd = (int)strtol(last + 1, &end, 10);
		if (*end)
			return PROC_LINK_NONE;
	}
	/* A thread has a folder /proc/TID, too. */
	return find_owner(call, pid, ret_owner) ? link : PROC_LINK_REFUSED;
}

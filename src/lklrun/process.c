// SPDX-License-Identifier: GPL-2.0-only
/*
 * process.c - the state of the program's processes that the host does not know.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "process.h"

#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/error.h"
#include "exec.h"
#include "privileges.h"

#define BUCKETS 256u

static struct task *tasks[BUCKETS];
static bool fake_root;

/* The identity of calls inside; all 0 at first. */
static uint32_t current_uid, current_gid, current_groups[PROCESS_GROUPS_MAX];
static unsigned int n_current_groups;

struct task *task_find(pid_t tid)
{
	struct task *task = tasks[(unsigned int)tid % BUCKETS];

	while (task && task->tid != tid)
		task = task->next;
	return task;
}

struct task *task_any(void)
{
	unsigned int i;

	for (i = 0; i < BUCKETS; i++)
		if (tasks[i])
			return tasks[i];
	return NULL;
}

struct task *task_new(pid_t tid, struct process *process)
{
	struct task *task = calloc(1, sizeof(*task));

	if (!task)
		return NULL;
	task->tid = tid;
	task->continued = -1;
	task->process = process;
	task->next = tasks[(unsigned int)tid % BUCKETS];
	tasks[(unsigned int)tid % BUCKETS] = task;
	if (process)
		process->users++;
	return task;
}

static void directories_release(struct directories *directories)
{
	if (--directories->users)
		return;
	place_release(&directories->cwd);
	place_release(&directories->root);
	free(directories);
}

static void process_release(struct process *process)
{
	if (--process->users)
		return;
	directories_release(process->directories);
	if (process->pidfd >= 0)
		close(process->pidfd);
	exec_release(process->pending);
	free(process->executable);
	free(process);
}

void task_end(struct task *task)
{
	struct task **at;

	for (at = &tasks[(unsigned int)task->tid % BUCKETS]; *at != task;
	     at = &(*at)->next)
		;
	*at = task->next;
	if (task->process)
		process_release(task->process);
	free(task);
}

static struct directories *directories_copy(const struct directories *from)
{
	struct directories *copy = calloc(1, sizeof(*copy));

	if (!copy)
		return NULL;
	copy->users = 1;
	copy->umask = from->umask;
	if (place_copy(&from->cwd, &copy->cwd) < 0) {
		free(copy);
		return NULL;
	}
	if (place_copy(&from->root, &copy->root) < 0) {
		place_release(&copy->cwd);
		free(copy);
		return NULL;
	}
	return copy;
}

struct process *process_fork(struct process *parent, pid_t pid, bool share)
{
	struct process *child = malloc(sizeof(*child));

	if (!child)
		return NULL;
	*child = *parent;
	child->users = 0;
	child->pid = pid;
	child->pidfd = -1;
	child->pending = NULL;
	if (share)
		child->directories->users++;
	else
		child->directories = directories_copy(parent->directories);
	child->executable = parent->executable ? strdup(parent->executable) :
		NULL;
	if (child->directories && (child->executable || !parent->executable))
		return child;
	if (child->directories)
		directories_release(child->directories);
	free(child);
	return NULL;
}

static void read_host_identity(struct identity *identity)
{
	gid_t groups[PROCESS_GROUPS_MAX];
	int n = getgroups(PROCESS_GROUPS_MAX, groups), i;

	for (i = 0; i < 3; i++) {
		identity->uid[i] = geteuid();
		identity->gid[i] = getegid();
	}
	identity->fsuid = geteuid();
	identity->fsgid = getegid();
	identity->n_groups = n > 0 ? (unsigned int)n : 0;
	for (i = 0; i < n; i++)
		identity->groups[i] = groups[i];
}

int process_start(pid_t pid, bool root, const char *cwd, uint32_t umask,
		  struct lkl_error *err)
{
	struct process *process = calloc(1, sizeof(*process));
	struct directories *directories = calloc(1, sizeof(*directories));
	int ret;

	if (!process || !directories) {
		free(process);
		free(directories);
		return error_no_memory(err);
	}
	fake_root = root;
	directories->users = 1;
	directories->umask = umask;
	process->pid = pid;
	process->pidfd = -1;
	process->directories = directories;
	if (!root)
		read_host_identity(&process->identity);
	privileges_exec(process);
	ret = resolve_start(directories, cwd, err);
	if (!ret && !task_new(pid, process))
		ret = error_no_memory(err);
	if (ret < 0) {
		free(process);
		free(directories);
	}
	return ret;
}

bool process_has_fake_root(void)
{
	return fake_root;
}

int process_pidfd(struct process *process)
{
	if (process->pidfd < 0) {
		long ret = syscall(SYS_pidfd_open, process->pid, 0);

		if (ret < 0)
			return -errno;
		process->pidfd = (int)ret;
	}
	return process->pidfd;
}

void process_act_as(const struct process *process)
{
	static const struct identity root;
	const struct identity *to = process ? &process->identity : &root;

	if (to->n_groups != n_current_groups ||
	    memcmp(to->groups, current_groups,
		   to->n_groups * sizeof(*to->groups))) {
		lkl_sys_setgroups((int)to->n_groups,
				  (lkl_gid_t *)(uintptr_t)to->groups);
		n_current_groups = to->n_groups;
		memcpy(current_groups, to->groups,
		       to->n_groups * sizeof(*to->groups));
	}
	if (to->fsgid != current_gid)
		lkl_sys_setfsgid(current_gid = to->fsgid);
	if (to->fsuid != current_uid)
		lkl_sys_setfsuid(current_uid = to->fsuid);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * exec.c - executing files of the image: has the host execute the loader, which asks
 * for what exec-find.c has found.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "exec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/error.h"
#include "common/same-file.h"
#include "exec-find.h"
#include "object.h"
#include "privileges.h"
#include "process.h"
#include "registers.h"

#define LOADER_PATH_MAX 1024

static const char *loader_path;

int exec_init(const char *loader, struct lkl_error *err)
{
	if (strlen(loader) >= LOADER_PATH_MAX)
		return error_set(err, -ENAMETOOLONG,
				 "the path of the loader is too long");
	loader_path = loader;
	return 0;
}

void exec_release(struct exec *exec)
{
	if (!exec)
		return;
	if (exec->program >= 0)
		close(exec->program);
	if (exec->interpreter >= 0)
		close(exec->interpreter);
	free(exec->executable);
	free(exec);
}

/* Have the host execute the loader instead. */
static int execute_loader(struct call *call, struct user_regs_struct *registers,
			  uint64_t argv, uint64_t envp)
{
	size_t len = strlen(loader_path) + 1;
	/* Below the part of the stack that the program uses, and its red zone. */
	uint64_t at = (registers_sp(registers) - 128 - len) & ~15ull;
	const uint64_t args[3] = { at, argv, envp };

	if (call_write(call, at, loader_path, len))
		return -ENOMEM;
	registers_set_arguments(registers, args, 3);
	return registers_write(call->tid, registers, SYS_execve);
}

static int execute_found(struct call *call, struct user_regs_struct *registers)
{
	bool at = call->nr == SYS_execveat;
	const uint64_t *args = call->args + (at ? 1 : 0);
	unsigned int flags = PLACE_FOLLOW;
	char path[PATH_MAX], first[PATH_MAX];
	const char *name;
	struct exec *exec;
	long offset;
	int ret;

	ret = call_read_path(call, args[0], path);
	if (ret < 0)
		return ret;
	if (at && call->args[4] & AT_SYMLINK_NOFOLLOW)
		flags = 0;
	if (at && call->args[4] & AT_EMPTY_PATH)
		flags |= PLACE_EMPTY;
	exec = calloc(1, sizeof(*exec));
	if (!exec)
		return -ENOMEM;
	exec->program = exec->interpreter = -1;
	if (path[0])
		snprintf(first, sizeof(first), "%s", path);
	else
		snprintf(first, sizeof(first), "/dev/fd/%d", (int)call->args[0]);
	ret = exec_find(call, at ? (int)call->args[0] : AT_FDCWD, path, flags,
			exec);
	if (ret)
		goto out;
	offset = exec_add_string(&exec->info, first);
	exec->info.path = (uint32_t)offset;
	name = strrchr(first, '/') ? strrchr(first, '/') + 1 : first;
	exec->info.name = (uint32_t)(offset + (name - first));
	ret = offset < 0 ? (int)offset :
		execute_loader(call, registers, args[1], args[2]);
	if (ret < 0)
		goto out;
	call->process->pending = exec;
	return 0;
out:
	exec_release(exec);
	return ret;
}

void exec_begin(struct task *task)
{
	struct user_regs_struct registers;
	struct call call = { .tid = task->tid, .process = task->process };
	unsigned int i;
	int ret;

	if (registers_read(task->tid, &registers))
		return;
	call.nr = registers_nr(&registers);
	if (call.nr != SYS_execve && call.nr != SYS_execveat) {
		/* A filter of the program itself wants a tracer: it has none. */
		registers_set_result(&registers, -ENOSYS);
		registers_write(task->tid, &registers, -1);
		return;
	}
	for (i = 0; i < 6; i++)
		call.args[i] = registers_argument(&registers, i);
	exec_release(task->process->pending);
	task->process->pending = NULL;
	objects_drain();
	process_act_as(task->process);
	ret = execute_found(&call, &registers);
	if (ret < 0) {
		registers_set_result(&registers, ret);
		registers_write(task->tid, &registers, -1);
	}
}

/*
 * Whether the host executes the loader: another thread may have replaced its path in
 * the program's memory before the host read it.
 */
static bool executes_loader(pid_t pid)
{
	struct stat expected, st;
	char link[32];

	snprintf(link, sizeof(link), "/proc/%d/exe", (int)pid);
	return !stat(loader_path, &expected) && !stat(link, &st) &&
	       stat_is_same_file(&st, &expected);
}

/* Take the ids that a set-user-ID program of the image gives, and its path. */
static void change_identity(struct process *process)
{
	struct exec *exec = process->pending;
	struct identity *identity = &process->identity;

	free(process->executable);
	process->executable = NULL;
	if (!exec)
		return;
	if (!executes_loader(process->pid)) {
		exec_release(exec);
		process->pending = NULL;
		return;
	}
	exec->executed = true;
	process->executable = exec->executable;
	exec->executable = NULL;
	if (!process_has_fake_root())
		return;
	if (exec->set_uid)
		identity->uid[1] = identity->fsuid = exec->uid;
	if (exec->set_gid)
		identity->gid[1] = identity->fsgid = exec->gid;
	identity->uid[2] = identity->uid[1];
	identity->gid[2] = identity->gid[1];
}

void exec_done(struct process *process)
{
	change_identity(process);
	privileges_exec(process);
}

long exec_answer_loader(struct call *call)
{
	const struct identity *identity = &call->process->identity;
	struct exec *exec = call->process->pending;
	long fd;
	int ret;

	if (!exec || !exec->executed)
		return -ENOSYS;
	call->process->pending = NULL;
	fd = call_add(call, exec->program, O_CLOEXEC);
	exec->info.program = (int)fd;
	exec->info.interpreter = -1;
	if (fd >= 0 && exec->interpreter >= 0) {
		fd = call_add(call, exec->interpreter, O_CLOEXEC);
		exec->info.interpreter = (int)fd;
	}
	if (process_has_fake_root()) {
		exec->info.has_ids = 1;
		exec->info.ids[0] = identity->uid[0];
		exec->info.ids[1] = identity->uid[1];
		exec->info.ids[2] = identity->gid[0];
		exec->info.ids[3] = identity->gid[1];
	}
	ret = fd < 0 ? (int)fd :
		call_write(call, call->args[0], &exec->info,
			   offsetof(struct loader_info, strings) +
			   exec->info.length);
	exec_release(exec);
	return ret;
}

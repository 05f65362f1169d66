// SPDX-License-Identifier: GPL-2.0-only
/*
 * exec.c - executing files of the image: finds the file and its interpreters, and
 * has the host execute the loader.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "exec.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <lkl/linux/fs.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "files.h"
#include "host-open.h"
#include "loader/protocol.h"
#include "object.h"
#include "privileges.h"
#include "process.h"
#include "registers.h"

#define HEAD		256		/* bytes of a file that tell its kind */
#define DEPTH_MAX	5		/* interpreters of interpreters */
#define HEADERS_MAX	128

/* An exec that has begun: what the loader will ask for. */
struct exec {
	int program, interpreter;	/* descriptors of the host, or -1 */
	char *executable;		/* path of the program for /proc/self/exe */
	bool set_uid, set_gid;
	uint32_t uid, gid;
	bool executed;			/* the host executes the loader */
	struct loader_info info;
};

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

/* Returns the offset of a copy of @text, or -E2BIG. */
static long add_string(struct loader_info *info, const char *text)
{
	size_t len = strlen(text) + 1;
	uint32_t at = info->length;

	if (len > sizeof(info->strings) - at)
		return -E2BIG;
	memcpy(info->strings + at, text, len);
	info->length += (uint32_t)len;
	return at;
}

/* Put @text before the other arguments. */
static long add_argument(struct loader_info *info, const char *text)
{
	long at = add_string(info, text);

	if (at < 0 || info->n_arguments == LOADER_ARGUMENTS)
		return at < 0 ? at : -E2BIG;
	memmove(info->arguments + 1, info->arguments,
		info->n_arguments * sizeof(*info->arguments));
	info->arguments[0] = (uint32_t)at;
	info->n_arguments++;
	return 0;
}

/* ---- Opening ---- */

/* Opens for the host's loader; checks permissions as execve() does. */
static int open_inside(struct call *call, const struct place *place,
		       struct exec *exec)
{
	struct lkl_statx st;
	struct file *file;
	int ret, inside;

	ret = (int)lkl_sys_statx(place->fd, place->name, LKL_AT_EMPTY_PATH,
				 LKL_STATX_BASIC_STATS, &st);
	if (ret < 0)
		return ret;
	if (!S_ISREG(st.stx_mode))
		return -EACCES;
	ret = (int)lkl_sys_faccessat2(place->fd, place->name, X_OK,
				      LKL_AT_EACCESS | LKL_AT_EMPTY_PATH);
	if (ret < 0)
		return ret;
	/* The right to execute is enough; reading the file needs root. */
	process_act_as(NULL);
	inside = place->name[0] ?
		(int)lkl_sys_openat(place->fd, place->name, LKL_O_RDONLY |
				    LKL_O_CLOEXEC | LKL_O_NONBLOCK, 0) :
		(int)place_reopen(place->fd, LKL_O_RDONLY | LKL_O_NONBLOCK);
	process_act_as(call->process);
	if (inside < 0)
		return inside;
	ret = file_load(inside, &file);
	if (ret < 0)
		return ret;
	exec->set_uid = st.stx_mode & S_ISUID;
	exec->set_gid = (st.stx_mode & (S_ISGID | S_IXGRP)) ==
		(S_ISGID | S_IXGRP);
	exec->uid = st.stx_uid;
	exec->gid = st.stx_gid;
	return object_reopen(file_object(file), O_RDONLY);
}

static int open_host(const struct place *place)
{
	struct stat st;
	int fd;

	if (faccessat(place->fd, place->name, X_OK,
		      AT_EACCESS | (place->name[0] ? 0 : AT_EMPTY_PATH)))
		return -errno;
	fd = host_open(place, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		return -EACCES;
	}
	return fd;
}

static int open_place(struct call *call, const struct place *place,
		      struct exec *exec)
{
	if (place->directory)
		return -EACCES;
	return place->host ? open_host(place) : open_inside(call, place, exec);
}

/* ---- Kinds of files ---- */

/*
 * "#!INTERPRETER [ARGUMENT]".  Replaces @path, of PATH_MAX bytes, by the
 * interpreter's.
 */
static int use_script(struct exec *exec, char head[HEAD + 1], char *path)
{
	char *line = head + 2, *end, *argument;
	long ret;

	end = strchr(line, '\n');
	if (end)
		*end = '\0';
	line += strspn(line, " \t");
	argument = line + strcspn(line, " \t");
	/* The path must not be cut off. */
	if (!*line || (!end && !*argument))
		return -ENOEXEC;
	if (*argument) {
		*argument++ = '\0';
		argument += strspn(argument, " \t");
		end = argument + strlen(argument);
		while (end > argument && (end[-1] == ' ' || end[-1] == '\t'))
			*--end = '\0';
	}
	/* In place of argv[0], or of the interpreter that is there. */
	if (exec->info.n_arguments) {
		exec->info.n_arguments--;
		memmove(exec->info.arguments, exec->info.arguments + 1,
			exec->info.n_arguments * sizeof(*exec->info.arguments));
	}
	ret = add_argument(&exec->info, path);
	if (ret >= 0 && *argument)
		ret = add_argument(&exec->info, argument);
	if (ret >= 0)
		ret = add_argument(&exec->info, line);
	if (ret < 0)
		return (int)ret;
	memmove(path, line, strlen(line) + 1);
	return 0;
}

/* -EINVAL for a short file: after ENOEXEC a shell would run it as a script. */
static int read_at(int fd, void *buf, size_t len, uint64_t offset)
{
	ssize_t n = pread(fd, buf, len, (off_t)offset);

	return n == (ssize_t)len ? 0 : n < 0 ? -errno : -EINVAL;
}

/*
 * Find the path of the interpreter in the headers of a program.
 * @interpreter: PATH_MAX bytes; "" if there is none
 */
static int read_program(int fd, char *interpreter)
{
	Elf64_Phdr headers[HEADERS_MAX];
	Elf64_Ehdr elf;
	unsigned int i;
	int ret;

	interpreter[0] = '\0';
	if (pread(fd, &elf, SELFMAG, 0) != SELFMAG ||
	    memcmp(elf.e_ident, ELFMAG, SELFMAG))
		return -ENOEXEC;
	ret = read_at(fd, &elf, sizeof(elf), 0);
	if (ret < 0)
		return ret;
	if (elf.e_ident[EI_CLASS] != ELFCLASS64 ||
	    elf.e_machine != REGISTERS_MACHINE ||
	    (elf.e_type != ET_EXEC && elf.e_type != ET_DYN) ||
	    elf.e_phentsize != sizeof(*headers) || !elf.e_phnum ||
	    elf.e_phnum > HEADERS_MAX)
		return -EINVAL;
	ret = read_at(fd, headers, elf.e_phnum * sizeof(*headers), elf.e_phoff);
	if (ret < 0)
		return ret;
	for (i = 0; i < elf.e_phnum; i++) {
		if (headers[i].p_type != PT_INTERP)
			continue;
		if (headers[i].p_filesz < 2 || headers[i].p_filesz > PATH_MAX)
			return -EINVAL;
		ret = read_at(fd, interpreter, headers[i].p_filesz,
			      headers[i].p_offset);
		if (ret < 0 || interpreter[headers[i].p_filesz - 1])
			return ret < 0 ? ret : -EINVAL;
		break;
	}
	return 0;
}

static int open_interpreter(struct call *call, const char *path,
			    struct exec *exec)
{
	struct exec ignored;
	struct place place;
	int ret;

	ret = (int)resolve(call, AT_FDCWD, path, RESOLVE_FOLLOW, &place);
	if (ret < 0)
		return ret;
	exec->interpreter = open_place(call, &place, &ignored);
	place_release(&place);
	return exec->interpreter < 0 ? exec->interpreter : 0;
}

/*
 * Open the file and its interpreter.
 *
 * Returns 0, 1 if the host can do the call as it is, or -errno.
 */
static int prepare(struct call *call, int dirfd, char *path, unsigned int flags,
		   struct exec *exec)
{
	char head[HEAD + 1], executable[PATH_MAX], interpreter[PATH_MAX];
	unsigned int depth;
	struct place place;
	ssize_t n;
	int ret;

	for (depth = 0;; depth++) {
		if (depth > DEPTH_MAX)
			return -ELOOP;
		ret = (int)resolve(call, dirfd, path, flags, &place);
		if (ret < 0)
			return ret;
		if (place.host && place.native && !depth) {
			place_release(&place);
			return 1;
		}
		exec->program = open_place(call, &place, exec);
		if (exec->program >= 0 &&
		    place_path(call, &place, executable) < 0)
			executable[0] = '\0';
		place_release(&place);
		if (exec->program < 0)
			return exec->program;
		n = pread(exec->program, head, HEAD, 0);
		if (n < 4)
			return -ENOEXEC;
		memset(head + n, 0, (size_t)(HEAD + 1 - n));
		if (memcmp(head, "#!", 2))
			break;
		ret = use_script(exec, head, path);
		if (ret < 0)
			return ret;
		close(exec->program);
		exec->program = -1;
		dirfd = AT_FDCWD;
		flags = RESOLVE_FOLLOW;
	}
	ret = read_program(exec->program, interpreter);
	if (!ret && interpreter[0])
		ret = open_interpreter(call, interpreter, exec);
	if (ret < 0)
		return ret;
	exec->executable = strdup(executable);
	return exec->executable ? 0 : -ENOMEM;
}

/* ---- The stop ---- */

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
	registers_set_arguments(registers, args);
	return registers_write(call->tid, registers, SYS_execve);
}

static int begin(struct call *call, struct user_regs_struct *registers)
{
	bool at = call->nr == SYS_execveat;
	const uint64_t *args = call->args + (at ? 1 : 0);
	unsigned int flags = RESOLVE_FOLLOW;
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
		flags |= RESOLVE_EMPTY;
	exec = calloc(1, sizeof(*exec));
	if (!exec)
		return -ENOMEM;
	exec->program = exec->interpreter = -1;
	if (path[0])
		snprintf(first, sizeof(first), "%s", path);
	else
		snprintf(first, sizeof(first), "/dev/fd/%d", (int)call->args[0]);
	ret = prepare(call, at ? (int)call->args[0] : AT_FDCWD, path, flags,
		      exec);
	if (ret)
		goto out;
	offset = add_string(&exec->info, first);
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
	ret = begin(&call, &registers);
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
	       st.st_dev == expected.st_dev && st.st_ino == expected.st_ino;
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

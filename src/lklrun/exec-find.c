// SPDX-License-Identifier: GPL-2.0-only
/*
 * exec-find.c - finds and opens the file that is executed, and its interpreters.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "exec-find.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lkl/linux/fs.h>

#include "files.h"
#include "host-open.h"
#include "object.h"
#include "process.h"
#include "registers.h"

#define HEAD		256		/* bytes of a file that tell its kind */
#define DEPTH_MAX	5		/* interpreters of interpreters */
#define HEADERS_MAX	128

long exec_add_string(struct loader_info *info, const char *text)
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
	long at = exec_add_string(info, text);

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
	ret = object_reopen(file_object(file), O_RDONLY);
	/* Nobody closes it, unless others have it. */
	if (ret < 0)
		file_closed(file);
	return ret;
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

	ret = (int)resolve(call, AT_FDCWD, path, PLACE_FOLLOW, &place);
	if (ret < 0)
		return ret;
	exec->interpreter = open_place(call, &place, &ignored);
	place_release(&place);
	return exec->interpreter < 0 ? exec->interpreter : 0;
}

int exec_find(struct call *call, int dirfd, char *path, unsigned int flags,
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
		flags = PLACE_FOLLOW;
	}
	ret = read_program(exec->program, interpreter);
	if (!ret && interpreter[0])
		ret = open_interpreter(call, interpreter, exec);
	if (ret < 0)
		return ret;
	exec->executable = strdup(executable);
	return exec->executable ? 0 : -ENOMEM;
}

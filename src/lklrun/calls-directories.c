// SPDX-License-Identifier: GPL-2.0-only
/*
 * calls-directories.c - reading directories; working directory, root, umask.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "table.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "binds.h"
#include "process.h"
#include "resolve.h"
#include "roots.h"

/* ---- Reading ---- */

/* Entries of getdents64(), the same in both kernels, and of the old getdents(). */
struct entry {
	uint64_t ino;
	int64_t next;
	uint16_t len;
	uint8_t type;
	char name[];
};

#define BUFFER_SIZE	65536u
#define ALIGN(n)	(((n) + 7) & ~(size_t)7)

static char buffer[BUFFER_SIZE] __attribute__((aligned(8)));

/*
 * The program seeks in a directory by the offset of its placeholder.  Take the
 * position inside from there, and return it after reading.
 */
static long read_entries(struct call *call, struct object *object, void *buf,
			 size_t size)
{
	int fd = call_borrow(call, (int)call->args[0]);
	off_t at;
	long ret, now;

	if (fd < 0)
		return fd;
	at = lseek(fd, 0, SEEK_CUR);
	ret = 0;
	if (at >= 0 && at != object->position) {
		ret = lkl_sys_lseek((unsigned int)object->inside, at, SEEK_SET);
		object->position = at;
	}
	if (ret >= 0)
		ret = lkl_sys_getdents64((unsigned int)object->inside, buf,
					 (unsigned int)size);
	now = lkl_sys_lseek((unsigned int)object->inside, 0, SEEK_CUR);
	if (now >= 0) {
		object->position = now;
		lseek(fd, now, SEEK_SET);
	}
	close(fd);
	return ret;
}

/* The directory of a call: 0, CALL_CONTINUE or -errno. */
static long find_directory(struct call *call, struct object **ret_object)
{
	struct object *object = call_object(call, (int)call->args[0]);

	if (!object)
		return CALL_CONTINUE;
	if (object->file)
		return -ENOTDIR;
	if (object->flags & LKL_O_PATH)
		return -EBADF;
	*ret_object = object;
	return 0;
}

static size_t room_of(const struct call *call)
{
	unsigned int room = (unsigned int)call->args[2];

	return room > BUFFER_SIZE ? BUFFER_SIZE : room;
}

static long call_getdents64(struct call *call)
{
	struct object *object;
	long ret = find_directory(call, &object);

	if (ret)
		return ret;
	ret = read_entries(call, object, buffer, room_of(call));
	if (ret > 0 && call_write(call, call->args[1], buffer, (size_t)ret) < 0)
		return -EFAULT;
	return ret;
}

#ifdef SYS_getdents
struct old_entry {
	unsigned long ino;
	unsigned long next;
	uint16_t len;
	char name[];		/* the type is in the last byte of the entry */
};

static char old_buffer[BUFFER_SIZE] __attribute__((aligned(8)));

/* An entry in the old form is never longer than in the new one. */
static size_t convert(const struct entry *in, char *to)
{
	struct old_entry *out = (struct old_entry *)to;
	size_t name = strlen(in->name) + 1;
	size_t len = ALIGN(offsetof(struct old_entry, name) + name + 1);

	memset(to, 0, len);
	out->ino = in->ino;
	out->next = (unsigned long)in->next;
	out->len = (uint16_t)len;
	memcpy(out->name, in->name, name);
	to[len - 1] = (char)in->type;
	return len;
}

static long call_getdents(struct call *call)
{
	struct object *object;
	long ret = find_directory(call, &object), at;
	size_t len = 0;

	if (ret)
		return ret;
	ret = read_entries(call, object, buffer, room_of(call));
	for (at = 0; at < ret; ) {
		const struct entry *in = (const void *)(buffer + at);

		len += convert(in, old_buffer + len);
		at += in->len;
	}
	if (len && call_write(call, call->args[1], old_buffer, len) < 0)
		return -EFAULT;
	return ret < 0 ? ret : (long)len;
}
#endif

/* ---- Working directory and root ---- */

/* With --at: a directory of the host that the caller's own call can enter. */
static bool is_by_host(const struct place *place)
{
	const char *path;

	return place->host && roots_are_of_host() && !place_bind(place, &path);
}

/*
 * With --at: the caller's own call enters a directory of the host.  Take note of it
 * if the call will succeed.
 */
static long enter_host(struct call *call, const char *folder,
		       struct place *place)
{
	struct directories *directories = call->process->directories;
	char path[64 + PATH_MAX];
	const char *text;
	int fd;

	place_bind(place, &text);
	if (!place->native)
		snprintf(path, sizeof(path), "%s", text);
	else if (place->name[0] == '/')
		snprintf(path, sizeof(path), "/proc/%d/root%s", (int)call->tid,
			 place->name);
	else
		snprintf(path, sizeof(path), "/proc/%d/%s/%s", (int)call->tid,
			 folder, place->name);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || faccessat(fd, ".", X_OK, 0)) {
		int error = errno;

		if (fd >= 0)
			close(fd);
		return place->native ? CALL_CONTINUE : -error;
	}
	close(fd);
	if (!place->native)
		return place_enter(place, &directories->cwd);
	place_enter(place, &directories->cwd);
	return CALL_CONTINUE;
}

static long call_chdir(struct call *call)
{
	struct place place;
	long ret = resolve_argument(call, AT_FDCWD, call->args[0],
				    PLACE_FOLLOW, &place);

	if (ret < 0)
		return ret;
	if (is_by_host(&place))
		return enter_host(call, "cwd", &place);
	return place_enter(&place, &call->process->directories->cwd);
}

/* Whether the caller's descriptor is a directory of the host. */
static long check_host_directory(const struct call *call)
{
	int fd = call_borrow(call, (int)call->args[0]);
	struct stat st;
	bool directory;

	if (fd < 0)
		return -EBADF;
	directory = !fstat(fd, &st) && S_ISDIR(st.st_mode);
	close(fd);
	return directory ? 0 : -ENOTDIR;
}

static long call_fchdir(struct call *call)
{
	struct object *object = call_object(call, (int)call->args[0]);
	struct place place;
	char folder[16];
	long ret;

	if (object && object->file)
		return -ENOTDIR;
	ret = object ? 0 : check_host_directory(call);
	if (ret < 0)
		return ret;
	ret = resolve(call, (int)call->args[0], object ? "" : ".",
		      PLACE_EMPTY | PLACE_FOLLOW, &place);
	if (ret < 0)
		return ret;
	if (is_by_host(&place)) {
		snprintf(folder, sizeof(folder), "fd/%d", (int)call->args[0]);
		return enter_host(call, folder, &place);
	}
	return place_enter(&place, &call->process->directories->cwd);
}

static long call_chroot(struct call *call)
{
	struct process *process = call->process;
	struct place place;
	long ret = resolve_argument(call, AT_FDCWD, call->args[0],
				    PLACE_FOLLOW, &place);

	if (ret < 0)
		return ret;
	/* lklrun cannot confine a process to a folder of the host. */
	if (place.host || process->identity.uid[1]) {
		place_release(&place);
		return call_unsupported(call, -EPERM);
	}
	return place_enter(&place, &process->directories->root);
}

static long call_getcwd(struct call *call)
{
	const struct place *cwd = &call->process->directories->cwd;
	char path[PATH_MAX];
	long ret;
	size_t len;

	if (cwd->native)
		return CALL_CONTINUE;
	ret = place_path(call, cwd, path);
	if (ret < 0)
		return ret;
	len = strlen(path) + 1;
	if (len > call->args[1])
		return -ERANGE;
	return call_write(call, call->args[0], path, len) < 0 ? -EFAULT :
	       (long)len;
}

/* The host applies the umask, too, to files that the program makes there. */
static long call_umask(struct call *call)
{
	call->process->directories->umask = (uint32_t)call->args[0] & 0777;
	return CALL_CONTINUE;
}

const struct call_entry calls_directories[] = {
#ifdef SYS_getdents
	CALL_NAMED(getdents, call_getdents),
#endif
	CALL_NAMED(getdents64, call_getdents64),
	CALL_NAMED(chdir, call_chdir),
	CALL_NAMED(fchdir, call_fchdir),
	CALL_NAMED(chroot, call_chroot),
	CALL_NAMED(getcwd, call_getcwd),
	CALL_NAMED(umask, call_umask),
	CALL_END
};

// SPDX-License-Identifier: GPL-2.0-only
/*
 * host-open.c - opening files of the host for the program, but none of lklrun's own
 * in /proc.
 *
 * The host checks who opens a file in /proc.  If lklrun opens it for the program, the
 * host sees lklrun, which may read its own memory map and open its own descriptors.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "host-open.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <linux/openat2.h>

#include "common/cleanup.h"

#define PROC_MAGIC	0x9fa0	/* linux/magic.h: PROC_SUPER_MAGIC */
#define PROC_ROOT_INO	1	/* of the root directory of each /proc */

/* openat2() refuses others; openat() does not look at them. */
#define PATH_FLAGS	(O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define FLAGS		(O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | \
			 O_APPEND | O_NONBLOCK | O_SYNC | O_DIRECT | \
			 O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_CLOEXEC | \
			 O_TMPFILE)

static bool is_proc(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) || fs.f_type == PROC_MAGIC;
}

/*
 * The part of @path below the root of @device, the file system of a /proc.  All names
 * but the last are looked up.
 */
static const char *below_root(int dirfd, const char *path, dev_t device)
{
	const char *slash, *found = NULL;
	char prefix[PATH_MAX];
	struct stat st;

	for (slash = strchr(path + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		memcpy(prefix, path, (size_t)(slash - path));
		prefix[slash - path] = '\0';
		if (!fstatat(dirfd, prefix, &st, 0) && st.st_dev == device &&
		    st.st_ino == PROC_ROOT_INO)
			found = slash + 1;
	}
	return found;
}

/* Whether an open file of a /proc is in the folder of a thread of lklrun. */
static bool is_own(int fd)
{
	char link[64], path[PATH_MAX], task[PATH_MAX + 32];
	const char *name;
	struct stat st;
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof(path) - 1);
	if (len <= 0 || fstat(fd, &st))
		return true;
	path[len] = '\0';
	if (st.st_ino == PROC_ROOT_INO)
		return false;
	name = below_root(AT_FDCWD, path, st.st_dev);
	/* Only a part of a /proc is mounted there. */
	if (!name)
		return true;
	if (*name < '0' || *name > '9')
		return false;
	/* Each /proc has its own numbers of processes. */
	snprintf(task, sizeof(task), "%.*sself/task/%.*s", (int)(name - path),
		 path, (int)strcspn(name, "/"), name);
	return !stat(task, &st) || errno != ENOENT;
}

static int open_place(const struct place *place, uint64_t flags, uint32_t mode)
{
	struct open_how how = {
		.flags = flags, .mode = mode,
		.resolve = RESOLVE_NO_MAGICLINKS,
	};
	char path[64];
	long fd;

	if (!*place->name) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", place->fd);
		fd = open(path, (int)flags & ~(O_CREAT | O_EXCL | O_NOFOLLOW));
	} else {
		fd = syscall(SYS_openat2, place->fd, place->name, &how,
			     sizeof(how));
	}
	return fd < 0 ? -errno : (int)fd;
}

int host_open(const struct place *place, int flags, uint32_t mode)
{
	/* openat2() refuses a mode that it does not use. */
	bool creates = flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE;
	int fd;

	flags &= flags & O_PATH ? PATH_FLAGS : FLAGS;
	fd = open_place(place, (unsigned int)flags, creates ? mode & 07777 : 0);
	if (fd == -ELOOP && !(flags & O_NOFOLLOW))
		return host_check(place) < 0 ? -EACCES : -ELOOP;
	if (fd >= 0 && is_proc(fd) && is_own(fd)) {
		close(fd);
		return -EACCES;
	}
	return fd;
}

long host_check(const struct place *place)
{
	cleanup_close int fd = -1;

	if (!*place->name)
		fd = fcntl(place->fd, F_DUPFD_CLOEXEC, 0);
	else
		fd = open_place(place, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
	/* The call that uses the place finds the error. */
	if (fd < 0)
		return fd == -ELOOP ? -EACCES : 0;
	return is_proc(fd) && is_own(fd) ? -EACCES : 0;
}

const char *host_proc_path(const struct bind_point *bind, const char *path)
{
	const char *slash = strrchr(path, '/');
	cleanup_close int fd = -1;
	char directory[PATH_MAX];
	struct stat st;

	if (bind->proc)
		return path;
	if (!slash || slash == path)
		return NULL;
	snprintf(directory, sizeof(directory), "%.*s", (int)(slash - path),
		 path);
	fd = openat(bind->host, directory, O_PATH | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) || !is_proc(fd))
		return NULL;
	return below_root(bind->host, path, st.st_dev);
}

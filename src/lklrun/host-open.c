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
#include "common/descriptor-path.h"

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
	char path[PATH_MAX], task[PATH_MAX + 32];
	const char *name;
	struct stat st;

	if (descriptor_name(fd, path) || fstat(fd, &st))
		return true;
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
		.resolve = place->pinned && place->bind ?
			   RESOLVE_NO_SYMLINKS : RESOLVE_NO_MAGICLINKS,
	};
	char path[DESCRIPTOR_PATH_SIZE];
	long fd;

	if (!*place->name)
		fd = open(descriptor_path(place->fd, path),
			  (int)flags & ~(O_CREAT | O_EXCL | O_NOFOLLOW), mode);
	else
		fd = syscall(SYS_openat2, place->fd, place->name, &how,
			     sizeof(how));
	return fd < 0 ? -errno : (int)fd;
}

/* Whether the name is a link in /proc, which host_open() does not follow. */
static bool is_magic_link(const struct place *place)
{
	cleanup_close int fd = open_place(place, O_PATH | O_NOFOLLOW | O_CLOEXEC,
					  0);

	return fd == -ELOOP || (fd >= 0 && is_proc(fd));
}

int host_open(const struct place *place, int flags, uint32_t mode)
{
	/* openat2() refuses a mode that it does not use. */
	bool creates = flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE;
	int fd;

	flags &= flags & O_PATH ? PATH_FLAGS : FLAGS;
	fd = open_place(place, (unsigned int)flags, creates ? mode & 07777 : 0);
	if (fd == -ELOOP && !(flags & O_NOFOLLOW))
		return is_magic_link(place) ? -EACCES : -ELOOP;
	if (fd >= 0 && is_proc(fd) && is_own(fd)) {
		close(fd);
		return -EACCES;
	}
	return fd;
}

/* The last name of a path, with the slashes that follow it. */
static const char *last_name(const char *path)
{
	size_t len = strlen(path);

	while (len && path[len - 1] == '/')
		len--;
	while (len && path[len - 1] != '/')
		len--;
	return path + len;
}

/* The directory of a place's name, which is @last. */
static int open_parent(const struct place *place, const char *last,
		       uint64_t limits)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = limits,
	};
	char parent[PATH_MAX];
	long fd;

	if (last == place->name) {
		fd = fcntl(place->fd, F_DUPFD_CLOEXEC, 0);
	} else {
		snprintf(parent, sizeof(parent), "%.*s",
			 (int)(last - place->name), place->name);
		fd = syscall(SYS_openat2, place->fd, parent, &how, sizeof(how));
	}
	return fd < 0 ? -errno : (int)fd;
}

/*
 * The file of a place.  A link that is to be followed, but is of /proc and followed by
 * the host, has to be reached by its name: @ret_by_name.  -ELOOP: another link.
 */
static int open_itself(const struct place *place, bool follow, uint64_t limits,
		       bool *ret_by_name)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC, .resolve = limits,
	};
	struct stat st;
	long fd;

	/* resolve() has followed all links, but on paths that the host resolves. */
	if (!follow || limits & RESOLVE_NO_SYMLINKS)
		how.flags |= O_NOFOLLOW;
	fd = syscall(SYS_openat2, place->fd, place->name, &how, sizeof(how));
	if (fd < 0)
		return -errno;
	if (!follow || fstat((int)fd, &st) || !S_ISLNK(st.st_mode))
		return (int)fd;
	*ret_by_name = is_proc((int)fd);
	close((int)fd);
	return -ELOOP;
}

long host_pin(struct place *place, unsigned int flags, bool check)
{
	const struct bind_point *bind = bind_point_of(place->fd);
	uint64_t limits = bind ? RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH :
			   RESOLVE_NO_MAGICLINKS;
	bool by_name = flags & (PLACE_PARENT | PLACE_NAME);
	const char *last = last_name(place->name);
	int fd = -ELOOP;

	if (!*place->name)
		return check && is_proc(place->fd) && is_own(place->fd) ?
		       -EACCES : 0;
	if (!by_name)
		fd = open_itself(place, flags & PLACE_FOLLOW, limits,
				 &by_name);
	if (by_name)
		fd = open_parent(place, last, limits);
	/* A link of /proc, which the host must not follow for lklrun. */
	if (fd == -ELOOP && !bind)
		return -EACCES;
	if (fd < 0)
		return fd;
	if (check && is_proc(fd) && is_own(fd)) {
		close(fd);
		return -EACCES;
	}
	if (place->owned)
		close(place->fd);
	place->fd = fd;
	place->owned = place->pinned = true;
	place->bind = bind;
	strcpy(place->path, place->name);
	if (by_name)
		memmove(place->name, last, strlen(last) + 1);
	else
		place->name[0] = '\0';
	return 0;
}

long host_directory_path(const struct call *call, int dirfd, char *buf)
{
	char name[64];
	ssize_t len;

	if (dirfd == AT_FDCWD)
		snprintf(name, sizeof(name), "/proc/%d/cwd", (int)call->tid);
	else
		snprintf(name, sizeof(name), "/proc/%d/fd/%d", (int)call->tid,
			 dirfd);
	len = readlink(name, buf, PATH_MAX - 1);
	if (len < 0)
		return -errno;
	buf[len] = '\0';
	return 0;
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

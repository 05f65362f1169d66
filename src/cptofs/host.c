// SPDX-License-Identifier: GPL-2.0-only
/*
 * host.c - calls of the host's kernel.
 *
 * What the two kernels number in the same way on all architectures (AT_...,
 * errno, modes, seek, struct statx) is handed through; flags of open() are
 * not on all.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "calls.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

_Static_assert(sizeof(struct statx) == sizeof(struct lkl_statx),
	       "the structure is the same everywhere");
_Static_assert(sizeof(struct timespec) == sizeof(struct lkl___kernel_timespec),
	       "64-bit hosts only");

#ifndef SYS_openat2
#define SYS_openat2 437
#endif

static long checked(long ret)
{
	return ret < 0 ? -errno : ret;
}

static long host_getdents(int fd, void *buf, size_t size)
{
	return checked(getdents64(fd, buf, size));
}

static long host_seek(int fd, long offset, int whence)
{
	return checked(lseek(fd, offset, whence));
}

static void host_close(int fd)
{
	close(fd);
}

static int translate(int flags)
{
	static const struct {
		int image, host;
	} table[] = {
		{ LKL_O_WRONLY, O_WRONLY },
		{ LKL_O_RDWR, O_RDWR },
		{ LKL_O_CREAT, O_CREAT },
		{ LKL_O_EXCL, O_EXCL },
		{ LKL_O_TRUNC, O_TRUNC },
		{ LKL_O_NOCTTY, O_NOCTTY },
		{ LKL_O_NONBLOCK, O_NONBLOCK },
		{ LKL_O_DIRECTORY, O_DIRECTORY },
		{ LKL_O_NOFOLLOW, O_NOFOLLOW },
		{ LKL_O_NOATIME, O_NOATIME },
		{ LKL_O_CLOEXEC, O_CLOEXEC },
		{ LKL_O_PATH, O_PATH },
	};
	unsigned int i;
	int host = 0;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++)
		if ((flags & table[i].image) == table[i].image)
			host |= table[i].host;
	return host;
}

static int host_open(int dir, const char *name, int flags, unsigned int mode)
{
	int host = translate(flags), fd;

	fd = (int)checked(openat(dir, name, host, mode));
	/* Only the owner may. */
	if (fd == -EPERM && host & O_NOATIME)
		fd = (int)checked(openat(dir, name, host & ~O_NOATIME, mode));
	return fd;
}

/* Old kernels have no openat2(): one component after the other. */
static int open_by_steps(int dir, const char *path, int flags)
{
	char name[NAME_MAX + 1];
	int fd = -1, next;
	size_t len;

	for (;;) {
		path += strspn(path, "/");
		len = strcspn(path, "/");
		if (len > NAME_MAX) {
			next = -ENAMETOOLONG;
			break;
		}
		memcpy(name, path, len);
		name[len] = '\0';
		path += len;
		path += strspn(path, "/");
		next = !strcmp(name, "..") ? -EXDEV :
			(int)checked(openat(fd < 0 ? dir : fd, name,
					    O_NOFOLLOW | (*path ?
					    O_PATH | O_DIRECTORY | O_CLOEXEC :
					    flags)));
		if (next < 0 || !*path)
			break;
		if (fd >= 0)
			close(fd);
		fd = next;
	}
	if (fd >= 0)
		close(fd);
	return next;
}

static int host_open_path(int dir, const char *path, int flags,
			  unsigned int resolve)
{
	struct lkl_open_how how = {
		.flags = (uint64_t)translate(flags), .resolve = resolve,
	};
	int fd = (int)checked(syscall(SYS_openat2, dir, path, &how,
				      sizeof(how)));

	/* EPERM: a sandbox that does not know the call. */
	if ((fd == -ENOSYS || fd == -EPERM) &&
	    resolve & LKL_RESOLVE_NO_SYMLINKS)
		return open_by_steps(dir, path, (int)how.flags);
	return fd;
}

static int host_statx(int dir, const char *name, int flags,
		      struct lkl_statx *st)
{
	return (int)checked(statx(dir, name, flags | AT_EMPTY_PATH |
				  AT_NO_AUTOMOUNT, STATX_BASIC_STATS,
				  (struct statx *)st));
}

static int host_statfs(int fd, struct lkl_statfs *ret_st)
{
	struct statfs st;

	if (fstatfs(fd, &st) < 0)
		return -errno;
	memset(ret_st, 0, sizeof(*ret_st));
	ret_st->f_type = st.f_type;
	ret_st->f_bsize = st.f_bsize;
	ret_st->f_blocks = st.f_blocks;
	ret_st->f_bfree = st.f_bfree;
	ret_st->f_bavail = st.f_bavail;
	ret_st->f_files = st.f_files;
	ret_st->f_ffree = st.f_ffree;
	return 0;
}

static long host_readlink(int dir, const char *name, char *buf, size_t size)
{
	return checked(readlinkat(dir, name, buf, size));
}

static long host_read(int fd, void *buf, size_t len, uint64_t offset)
{
	return checked(pread(fd, buf, len, (off_t)offset));
}

static long host_write(int fd, const void *buf, size_t len, uint64_t offset)
{
	long n = checked(pwrite(fd, buf, len, (off_t)offset));

	/* A pipe or a terminal as the destination. */
	return n == -ESPIPE ? checked(write(fd, buf, len)) : n;
}

static int host_truncate(int fd, uint64_t size)
{
	return (int)checked(ftruncate(fd, (off_t)size));
}

static int host_mkdir(int dir, const char *name, unsigned int mode)
{
	return (int)checked(mkdirat(dir, name, mode));
}

static int host_mknod(int dir, const char *name, unsigned int mode,
		      unsigned int major, unsigned int minor)
{
	return (int)checked(mknodat(dir, name, mode, makedev(major, minor)));
}

static int host_symlink(const char *target, int dir, const char *name)
{
	return (int)checked(symlinkat(target, dir, name));
}

static int host_link(int from_dir, const char *from, int dir,
		     const char *name)
{
	return (int)checked(linkat(from_dir, from, dir, name, 0));
}

static int host_unlink(int dir, const char *name)
{
	return (int)checked(unlinkat(dir, name, 0));
}

static int host_chown(const struct place *place, uint32_t uid, uint32_t gid)
{
	if (place->fd >= 0)
		return (int)checked(fchown(place->fd, uid, gid));
	return (int)checked(fchownat(place->dir, place->name, uid, gid,
				     AT_SYMLINK_NOFOLLOW));
}

/*
 * What cannot be opened is reached through its directory, which is open, so
 * that no one can put a link before it.
 */
#define PROC_SIZE (sizeof("/proc/self/fd/") + 10 + 1 + NAME_MAX)

static int proc_path(char path[PROC_SIZE], const struct place *place)
{
	int n;

	if (place->dir == AT_FDCWD || strlen(place->name) > NAME_MAX)
		return -EOPNOTSUPP;
	n = snprintf(path, PROC_SIZE, "/proc/self/fd/%d/%s", place->dir,
		     place->name);
	return n < 0 || (size_t)n >= PROC_SIZE ? -ENAMETOOLONG : 0;
}

static int host_chmod(const struct place *place, unsigned int mode)
{
	char path[PROC_SIZE];
	int fd, ret;

	if (place->fd >= 0)
		return (int)checked(fchmod(place->fd, mode));
	fd = (int)checked(openat(place->dir, place->name,
				 O_PATH | O_NOFOLLOW | O_CLOEXEC));
	if (fd < 0)
		return fd;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ret = (int)checked(chmod(path, mode));
	close(fd);
	return ret;
}

static int host_utimes(const struct place *place,
		       const struct lkl___kernel_timespec times[2])
{
	const struct timespec *host = (const struct timespec *)times;

	if (place->fd >= 0)
		return (int)checked(futimens(place->fd, host));
	return (int)checked(utimensat(place->dir, place->name, host,
				      AT_SYMLINK_NOFOLLOW));
}

static long host_listxattr(const struct place *place, char *list, size_t size)
{
	char path[PROC_SIZE];
	int ret;

	if (place->fd >= 0)
		return checked(flistxattr(place->fd, list, size));
	ret = proc_path(path, place);
	return ret < 0 ? ret : checked(llistxattr(path, list, size));
}

static long host_getxattr(const struct place *place, const char *name,
			  void *value, size_t size)
{
	char path[PROC_SIZE];
	int ret;

	if (place->fd >= 0)
		return checked(fgetxattr(place->fd, name, value, size));
	ret = proc_path(path, place);
	return ret < 0 ? ret : checked(lgetxattr(path, name, value, size));
}

static int host_setxattr(const struct place *place, const char *name,
			 const void *value, size_t size)
{
	char path[PROC_SIZE];
	int ret;

	if (place->fd >= 0)
		return (int)checked(fsetxattr(place->fd, name, value, size, 0));
	ret = proc_path(path, place);
	return ret < 0 ? ret :
		(int)checked(lsetxattr(path, name, value, size, 0));
}

static int host_removexattr(const struct place *place, const char *name)
{
	char path[PROC_SIZE];
	int ret;

	if (place->fd >= 0)
		return (int)checked(fremovexattr(place->fd, name));
	ret = proc_path(path, place);
	return ret < 0 ? ret : (int)checked(lremovexattr(path, name));
}

static int host_syncfs(int fd)
{
	return (int)checked(syncfs(fd));
}

const struct calls host_calls = {
	.directory = {
		.getdents = host_getdents,
		.seek = host_seek,
		.close = host_close,
	},
	.open = host_open,
	.open_path = host_open_path,
	.statx = host_statx,
	.statfs = host_statfs,
	.readlink = host_readlink,
	.read = host_read,
	.write = host_write,
	.truncate = host_truncate,
	.mkdir = host_mkdir,
	.mknod = host_mknod,
	.symlink = host_symlink,
	.link = host_link,
	.unlink = host_unlink,
	.chown = host_chown,
	.chmod = host_chmod,
	.utimes = host_utimes,
	.listxattr = host_listxattr,
	.getxattr = host_getxattr,
	.setxattr = host_setxattr,
	.removexattr = host_removexattr,
	.syncfs = host_syncfs,
};

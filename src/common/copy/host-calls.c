// SPDX-License-Identifier: GPL-2.0-only
/*
 * host-calls.c - the system calls of the host's kernel.
 *
 * Flags of open() differ between architectures and are translated.  All else
 * (AT_..., errno, modes, struct statx) is the same everywhere.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "common/cleanup.h"
#include "common/descriptor-path.h"
#include "host-guardian.h"
#include "host-hidden.h"
#include "job.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

_Static_assert(sizeof(struct statx) == sizeof(struct lkl_statx),
	       "struct statx is the same everywhere");
_Static_assert(sizeof(struct timespec) == sizeof(struct lkl___kernel_timespec),
	       "64-bit hosts only");

#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

static long errno_result(long ret)
{
	return ret < 0 ? -errno : ret;
}

static long host_getdents(int fd, void *buf, size_t size)
{
	return errno_result(getdents64(fd, buf, size));
}

static long host_seek(int fd, long offset, int whence)
{
	return errno_result(lseek(fd, offset, whence));
}

static void host_close(int fd)
{
	close(fd);
}

static int host_open_flags(int flags)
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
	int host = host_open_flags(flags), fd;

	fd = (int)errno_result(openat(dir, name, host, mode));
	/* Only the owner may use O_NOATIME. */
	if (fd == -EPERM && host & O_NOATIME)
		fd = (int)errno_result(openat(dir, name, host & ~O_NOATIME,
					      mode));
	return fd;
}

/* For kernels without openat2(): opens one component after the other. */
static int host_open_by_steps(int dir, const char *path, int flags)
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
			(int)errno_result(openat(fd < 0 ? dir : fd, name,
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
		.flags = (uint64_t)host_open_flags(flags), .resolve = resolve,
	};
	int fd = (int)errno_result(syscall(SYS_openat2, dir, path, &how,
					   sizeof(how)));

	/* Sandboxes that do not know the call return EPERM. */
	if ((fd == -ENOSYS || fd == -EPERM) &&
	    resolve & LKL_RESOLVE_NO_SYMLINKS)
		return host_open_by_steps(dir, path, (int)how.flags);
	return fd;
}

static int host_statx(int dir, const char *name, int flags,
		      struct lkl_statx *st)
{
	return (int)errno_result(statx(dir, name, flags | AT_EMPTY_PATH |
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
	return errno_result(readlinkat(dir, name, buf, size));
}

static long host_read(int fd, void *buf, size_t len, uint64_t offset)
{
	long n = errno_result(pread(fd, buf, len, (off_t)offset));

	/* The source is a pipe. */
	return n == -ESPIPE ? errno_result(read(fd, buf, len)) : n;
}

static long host_write(int fd, const void *buf, size_t len, uint64_t offset)
{
	long n = errno_result(pwrite(fd, buf, len, (off_t)offset));

	/* The destination is a pipe or a terminal. */
	return n == -ESPIPE ? errno_result(write(fd, buf, len)) : n;
}

static int host_truncate(int fd, uint64_t size)
{
	return (int)errno_result(ftruncate(fd, (off_t)size));
}

static int host_mkdir(int dir, const char *name, unsigned int mode)
{
	return (int)errno_result(mkdirat(dir, name, mode));
}

/* The directory of a file whose name has several components; or -errno. */
static int open_parent(const struct file_ref *file, const char *last)
{
	cleanup_free char *parent = strndup(file->name,
					    (size_t)(last - file->name));

	if (!parent)
		return -ENOMEM;
	return (int)errno_result(openat(file->dir, parent, O_PATH |
					O_DIRECTORY | O_CLOEXEC));
}

/* The guardian takes a directory and one component of a path. */
static long ask_guardian(const struct host_request *request, void *buf,
			 size_t size)
{
	const struct file_ref *file = &request->file;
	const char *slash = file->fd < 0 ? strrchr(file->name, '/') : NULL;
	struct host_request in_parent = *request;
	long ret;
	int dir;

	if (!slash)
		return host_guardian_call(request, buf, size);
	dir = open_parent(file, slash + 1);
	if (dir < 0)
		return dir;
	in_parent.file.dir = dir;
	in_parent.file.name = slash + 1;
	ret = host_guardian_call(&in_parent, buf, size);
	close(dir);
	return ret;
}

static int host_mknod(int dir, const char *name, unsigned int mode,
		      unsigned int major, unsigned int minor)
{
	const struct host_request request = {
		.call = HOST_MKNOD,
		.file = { .fd = -1, .dir = dir, .name = name },
		.a = mode, .b = makedev(major, minor),
	};

	if (host_guardian_has_paths() && (S_ISCHR(mode) || S_ISBLK(mode)))
		return (int)ask_guardian(&request, NULL, 0);
	return (int)errno_result(mknodat(dir, name, mode, makedev(major, minor)));
}

static int host_symlink(const char *target, int dir, const char *name)
{
	return (int)errno_result(symlinkat(target, dir, name));
}

static int host_link(int from_dir, const char *from, int dir,
		     const char *name)
{
	return (int)errno_result(linkat(from_dir, from, dir, name, 0));
}

static int host_unlink(int dir, const char *name)
{
	return (int)errno_result(unlinkat(dir, name, 0));
}

static int host_rmdir(int dir, const char *name)
{
	return (int)errno_result(unlinkat(dir, name, AT_REMOVEDIR));
}

static int host_chown(const struct file_ref *file, uint32_t uid, uint32_t gid)
{
	const struct host_request request = {
		.call = HOST_CHOWN, .file = *file, .a = uid, .b = gid,
	};

	if (file->fd >= 0)
		return (int)errno_result(fchown(file->fd, uid, gid));
	if (host_guardian_has_paths())
		return (int)ask_guardian(&request, NULL, 0);
	return (int)errno_result(fchownat(file->dir, file->name, uid, gid,
					  AT_SYMLINK_NOFOLLOW));
}

/*
 * chmod() that follows no link.  New kernels have a call for it, others have
 * /proc.
 */
static int host_chmod(const struct file_ref *file, unsigned int mode)
{
	const struct host_request request = {
		.call = HOST_CHMOD, .file = *file, .a = mode,
	};
	char path[DESCRIPTOR_PATH_SIZE];
	int fd, ret;

	if (file->fd >= 0)
		return (int)errno_result(fchmod(file->fd, mode));
	if (host_guardian_has_paths())
		return (int)ask_guardian(&request, NULL, 0);
	ret = (int)errno_result(syscall(SYS_fchmodat2, file->dir, file->name,
					mode, AT_SYMLINK_NOFOLLOW));
	if (ret != -ENOSYS)
		return ret;
	fd = (int)errno_result(openat(file->dir, file->name,
				      O_PATH | O_NOFOLLOW | O_CLOEXEC));
	if (fd < 0)
		return fd;
	ret = (int)errno_result(chmod(descriptor_path(fd, path), mode));
	close(fd);
	return ret;
}

static int host_utimes(const struct file_ref *file,
		       const struct lkl___kernel_timespec times[2])
{
	const struct timespec *host = (const struct timespec *)times;
	const struct host_request request = {
		.call = HOST_UTIMES, .file = *file,
		.data = times, .size = 2 * sizeof(*times),
	};

	if (file->fd >= 0)
		return (int)errno_result(futimens(file->fd, host));
	if (host_guardian_has_paths())
		return (int)ask_guardian(&request, NULL, 0);
	return (int)errno_result(utimensat(file->dir, file->name, host,
					   AT_SYMLINK_NOFOLLOW));
}

/*
 * Extended attributes of a file that is not open need a path.  As the
 * directory is open, nobody can replace a part of it by a link.
 */
static int change_to_directory_of(const struct file_ref *file)
{
	return file->dir == AT_FDCWD ? 0 :
		(int)errno_result(fchdir(file->dir));
}

/* Attributes that CAP_SYS_ADMIN is for. */
static bool is_privileged(const char *name)
{
	if (!strncmp(name, "security.", strlen("security.")))
		return strcmp(name, "security.capability");
	return !strncmp(name, "trusted.", strlen("trusted."));
}

/* A file by its name, since the guardian cannot tell where an open one is. */
static struct file_ref by_name(const struct file_ref *file)
{
	struct file_ref named = *file;
	struct stat st;

	if (file->fd >= 0 && file->name && !host_guardian_knows(file->fd) &&
	    !(fstat(file->fd, &st) == 0 && S_ISDIR(st.st_mode)))
		named.fd = -1;
	return named;
}

static bool guardian_changes(const struct file_ref *file, const char *name)
{
	return host_guardian_has_paths() &&
		(file->fd < 0 ||
		 (host_guardian_has_xattrs() && is_privileged(name)));
}

/* Whether listxattr() may leave out attributes in the sandbox. */
static bool may_have_hidden(const struct file_ref *file)
{
	if (host_guardian_has_paths())
		return true;
	if (file->name && file->dir >= 0 && !strchr(file->name, '/'))
		return hidden_may_be_in(file->dir, file->name);
	return file->fd < 0 || hidden_may_be_of(file->fd);
}

static long host_listxattr(const struct file_ref *file, char *list,
			   size_t size)
{
	struct host_request request = {
		.call = HOST_LISTXATTR, .file = *file,
	};
	int ret;

	if (host_guardian_has_paths())
		request.file = by_name(file);
	if (host_guardian_has_xattrs() && may_have_hidden(file))
		return ask_guardian(&request, list, size);
	if (file->fd >= 0)
		return errno_result(flistxattr(file->fd, list, size));
	ret = change_to_directory_of(file);
	return ret < 0 ? ret :
		errno_result(llistxattr(file->name, list, size));
}

static long host_getxattr(const struct file_ref *file, const char *name,
			  void *value, size_t size)
{
	struct host_request request = {
		.call = HOST_GETXATTR, .file = *file, .name = name,
	};
	int ret;

	if (host_guardian_has_paths())
		request.file = by_name(file);
	if (host_guardian_has_xattrs() && is_privileged(name))
		return ask_guardian(&request, value, size);
	if (file->fd >= 0)
		return errno_result(fgetxattr(file->fd, name, value, size));
	ret = change_to_directory_of(file);
	return ret < 0 ? ret :
		errno_result(lgetxattr(file->name, name, value, size));
}

static int host_setxattr(const struct file_ref *file, const char *name,
			 const void *value, size_t size)
{
	struct host_request request = {
		.call = HOST_SETXATTR, .name = name,
		.data = value, .size = size,
	};
	int ret;

	if (guardian_changes(file, name)) {
		request.file = by_name(file);
		return (int)ask_guardian(&request, NULL, 0);
	}
	if (file->fd >= 0)
		return (int)errno_result(fsetxattr(file->fd, name, value, size,
						   0));
	ret = change_to_directory_of(file);
	return ret < 0 ? ret :
		(int)errno_result(lsetxattr(file->name, name, value, size, 0));
}

static int host_removexattr(const struct file_ref *file,
			    const char *name)
{
	struct host_request request = {
		.call = HOST_REMOVEXATTR, .name = name,
	};
	int ret;

	if (guardian_changes(file, name)) {
		request.file = by_name(file);
		return (int)ask_guardian(&request, NULL, 0);
	}
	if (file->fd >= 0)
		return (int)errno_result(fremovexattr(file->fd, name));
	ret = change_to_directory_of(file);
	return ret < 0 ? ret :
		(int)errno_result(lremovexattr(file->name, name));
}

static void host_xattrs_ahead(int dir)
{
	if (host_guardian_has_xattrs() && !host_guardian_has_paths())
		hidden_may_be_in(dir, ".");
}

static int host_syncfs(int fd)
{
	return (int)errno_result(syncfs(fd));
}

/* As image_enter() has it for the kernel inside. */
#define FILES_MAX 16384

void host_raise_file_limit(void)
{
	struct rlimit limit;

	/* If this fails, the directories that are too deep report it. */
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max < FILES_MAX ? limit.rlim_max : FILES_MAX;
	setrlimit(RLIMIT_NOFILE, &limit);
}

const struct file_calls host_calls = {
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
	.rmdir = host_rmdir,
	.chown = host_chown,
	.chmod = host_chmod,
	.utimes = host_utimes,
	.listxattr = host_listxattr,
	.getxattr = host_getxattr,
	.setxattr = host_setxattr,
	.removexattr = host_removexattr,
	.xattrs_ahead = host_xattrs_ahead,
	.syncfs = host_syncfs,
};

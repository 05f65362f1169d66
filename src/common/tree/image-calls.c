// SPDX-License-Identifier: GPL-2.0-only
/*
 * image-calls.c - the system calls of the image's kernel.
 *
 * The library's process is root in there.  No other process runs in there,
 * so a file that was found once stays where it is.
 */
#include "file-calls.h"

#include <errno.h>

#include <lkl/linux/fs.h>

#include "common/error.h"
#include "direct.h"

#define FILE_REF_FLAGS (LKL_AT_EMPTY_PATH | LKL_AT_SYMLINK_NOFOLLOW)

static long image_getdents(int fd, void *buf, size_t size)
{
	return lkl_sys_getdents64((unsigned int)fd, buf, (unsigned int)size);
}

static long image_seek(int fd, long offset, int whence)
{
	return lkl_sys_lseek((unsigned int)fd, offset, (unsigned int)whence);
}

static void image_close(int fd)
{
	lkl_sys_close((unsigned int)fd);
}

static int image_open(int dir, const char *name, int flags, unsigned int mode)
{
	return (int)lkl_sys_openat(dir, name, flags, (lkl_umode_t)mode);
}

static int image_open_path(int dir, const char *path, int flags,
			   unsigned int resolve)
{
	struct lkl_open_how how = {
		.flags = (uint64_t)flags, .resolve = resolve,
	};

	return (int)lkl_sys_openat2(dir, path, &how, sizeof(how));
}

static int image_statx(int dir, const char *name, int flags,
		       struct lkl_statx *st)
{
	return (int)lkl_sys_statx(dir, name, (unsigned int)flags |
				  LKL_AT_EMPTY_PATH | LKL_AT_NO_AUTOMOUNT |
				  LKL_AT_STATX_DONT_SYNC,
				  LKL_STATX_BASIC_STATS, st);
}

static int image_statfs(int fd, struct lkl_statfs *st)
{
	return (int)lkl_sys_fstatfs((unsigned int)fd, st);
}

static long image_readlink(int dir, const char *name, char *buf, size_t size)
{
	return lkl_sys_readlinkat(dir, name, buf, (int)size);
}

static long image_read(int fd, void *buf, size_t len, uint64_t offset)
{
	return direct_read(fd, buf, len, offset);
}

static long image_write(int fd, const void *buf, size_t len, uint64_t offset)
{
	return direct_write(fd, buf, len, offset);
}

static int image_truncate(int fd, uint64_t size)
{
	return (int)lkl_sys_ftruncate((unsigned int)fd, (lkl_off_t)size);
}

static int image_clone(int from, int to)
{
	return (int)lkl_sys_ioctl((unsigned int)to, LKL_FICLONE,
				  (unsigned long)from);
}

static void image_write_soon(int fd)
{
	lkl_sys_sync_file_range(fd, 0, 0, LKL_SYNC_FILE_RANGE_WRITE);
}

static int image_mkdir(int dir, const char *name, unsigned int mode)
{
	return (int)lkl_sys_mkdirat(dir, name, (lkl_umode_t)mode);
}

static int image_mknod(int dir, const char *name, unsigned int mode,
		       unsigned int major, unsigned int minor)
{
	/* The kernel's encoding: 12 bits of major, 20 of minor. */
	unsigned int device = (minor & 0xff) | major << 8 |
			      (minor & ~0xffu) << 12;

	if (major > 0xfff || minor > 0xfffff)
		return -EINVAL;
	return (int)lkl_sys_mknodat(dir, name, (lkl_umode_t)mode, device);
}

static int image_symlink(const char *target, int dir, const char *name)
{
	return (int)lkl_sys_symlinkat(target, dir, name);
}

static int image_link(int from_dir, const char *from, int dir,
		      const char *name)
{
	return (int)lkl_sys_linkat(from_dir, from, dir, name, 0);
}

static int image_unlink(int dir, const char *name)
{
	return (int)lkl_sys_unlinkat(dir, name, 0);
}

static int image_rmdir(int dir, const char *name)
{
	return (int)lkl_sys_unlinkat(dir, name, LKL_AT_REMOVEDIR);
}

static int image_chown(const struct file_ref *file, uint32_t uid, uint32_t gid)
{
	if (file->fd >= 0)
		return (int)lkl_sys_fchown((unsigned int)file->fd, uid, gid);
	return (int)lkl_sys_fchownat(file->dir, file->name, uid, gid,
				     FILE_REF_FLAGS);
}

static int image_chmod(const struct file_ref *file, unsigned int mode)
{
	if (file->fd >= 0)
		return (int)lkl_sys_fchmod((unsigned int)file->fd,
					   (lkl_umode_t)mode);
	return (int)lkl_sys_fchmodat2(file->dir, file->name,
				      (lkl_umode_t)mode, FILE_REF_FLAGS);
}

static int image_utimes(const struct file_ref *file,
			const struct lkl___kernel_timespec times[2])
{
	if (file->fd >= 0)
		return (int)lkl_sys_utimensat(file->fd, NULL, times, 0);
	return (int)lkl_sys_utimensat(file->dir, file->name, times,
				      LKL_AT_SYMLINK_NOFOLLOW);
}

/* The attributes of a file that is not open need a path. */
static int change_to_directory_of(const struct file_ref *file)
{
	if (file->dir == LKL_AT_FDCWD)
		return 0;
	return (int)lkl_sys_fchdir((unsigned int)file->dir);
}

static long image_listxattr(const struct file_ref *file, char *list, size_t size)
{
	int ret;

	if (file->fd >= 0)
		return lkl_sys_flistxattr(file->fd, list, size);
	ret = change_to_directory_of(file);
	return ret < 0 ? ret : lkl_sys_llistxattr(file->name, list, size);
}

static long image_getxattr(const struct file_ref *file, const char *name,
			   void *value, size_t size)
{
	int ret;

	if (file->fd >= 0)
		return lkl_sys_fgetxattr(file->fd, name, value, size);
	ret = change_to_directory_of(file);
	return ret < 0 ? ret :
		lkl_sys_lgetxattr(file->name, name, value, size);
}

static int image_setxattr(const struct file_ref *file, const char *name,
			  const void *value, size_t size)
{
	int ret;

	if (file->fd >= 0)
		return (int)lkl_sys_fsetxattr(file->fd, name, value, size, 0);
	ret = change_to_directory_of(file);
	return ret < 0 ? ret :
		(int)lkl_sys_lsetxattr(file->name, name, value, size, 0);
}

static int image_removexattr(const struct file_ref *file, const char *name)
{
	int ret;

	if (file->fd >= 0)
		return (int)lkl_sys_fremovexattr(file->fd, name);
	ret = change_to_directory_of(file);
	return ret < 0 ? ret : (int)lkl_sys_lremovexattr(file->name, name);
}

static int image_syncfs(int fd)
{
	return (int)lkl_sys_syncfs(fd);
}

const struct file_calls image_calls = {
	.directory = {
		.getdents = image_getdents,
		.seek = image_seek,
		.close = image_close,
	},
	.open = image_open,
	.open_path = image_open_path,
	.statx = image_statx,
	.statfs = image_statfs,
	.readlink = image_readlink,
	.read = image_read,
	.write = image_write,
	.truncate = image_truncate,
	.clone = image_clone,
	.write_soon = image_write_soon,
	.mkdir = image_mkdir,
	.mknod = image_mknod,
	.symlink = image_symlink,
	.link = image_link,
	.unlink = image_unlink,
	.rmdir = image_rmdir,
	.chown = image_chown,
	.chmod = image_chmod,
	.utimes = image_utimes,
	.listxattr = image_listxattr,
	.getxattr = image_getxattr,
	.setxattr = image_setxattr,
	.removexattr = image_removexattr,
	.syncfs = image_syncfs,
};

/* The root directory of before image_enter(). */
static int outer_root = -1;

/* A deep tree keeps many directories open. */
#define FILES_MAX 16384

int image_enter(const char *root, struct lkl_error *err)
{
	struct lkl_rlimit64 limit = {
		.rlim_cur = FILES_MAX, .rlim_max = FILES_MAX,
	};
	int ret;

	/* If this fails, the directories that are too deep report it. */
	lkl_sys_prlimit64(0, LKL_RLIMIT_NOFILE, &limit, NULL);
	lkl_sys_umask(0);
	outer_root = (int)lkl_sys_openat(LKL_AT_FDCWD, "/", LKL_O_RDONLY |
					 LKL_O_DIRECTORY | LKL_O_CLOEXEC, 0);
	ret = outer_root < 0 ? outer_root : (int)lkl_sys_chroot(root);
	if (ret >= 0)
		ret = (int)lkl_sys_chdir("/");
	if (ret < 0)
		return error_set(err, ret, "cannot enter its root directory: %s",
				 lkl_strerror(ret));
	return 0;
}

int image_leave(struct lkl_error *err)
{
	int ret;

	if (outer_root < 0)
		return 0;
	ret = (int)lkl_sys_fchdir((unsigned int)outer_root);
	if (ret >= 0)
		ret = (int)lkl_sys_chroot(".");
	lkl_sys_close((unsigned int)outer_root);
	outer_root = -1;
	if (ret < 0)
		return error_set(err, ret, "cannot leave its root directory: %s",
				 lkl_strerror(ret));
	return 0;
}

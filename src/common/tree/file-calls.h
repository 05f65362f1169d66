/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * file-calls.h - one interface for the system calls of both kernels: the
 * host's and the image's.
 *
 * Flags and structures are those of <lkl.h>.  All calls return their result
 * or -errno.  A name is one component below an open directory unless a
 * comment says otherwise.  No call follows a symbolic link unless its flags
 * ask for that.
 */
#ifndef TOOLS_FILE_CALLS_H
#define TOOLS_FILE_CALLS_H

#include <stddef.h>
#include <stdint.h>

#include <lkl.h>

/* How to read a directory. */
struct directory_calls {
	/* Stores struct linux_dirent64s: bytes, 0 at the end, or -errno. */
	long (*getdents)(int fd, void *buf, size_t size);
	long (*seek)(int fd, long offset, int whence);
	void (*close)(int fd);
};

/* A file: open as @fd, or, if that is -1, the entry @name of @dir. */
struct file_ref {
	int fd;
	int dir;
	const char *name;
};

struct file_calls {
	struct directory_calls directory;	/* seek and close: any file */

	int (*open)(int dir, const char *name, int flags, unsigned int mode);
	/* @path may have several components; @resolve: LKL_RESOLVE_... */
	int (*open_path)(int dir, const char *path, int flags,
			 unsigned int resolve);
	int (*statx)(int dir, const char *name, int flags,
		     struct lkl_statx *st);
	int (*statfs)(int fd, struct lkl_statfs *st);
	long (*readlink)(int dir, const char *name, char *buf, size_t size);

	long (*read)(int fd, void *buf, size_t len, uint64_t offset);
	long (*write)(int fd, const void *buf, size_t len, uint64_t offset);
	int (*truncate)(int fd, uint64_t size);
	/* Makes @to share all data of @from, on one file system; may be NULL. */
	int (*clone)(int from, int to);
	/* Starts to write a file's dirty pages to the disk; may be NULL. */
	void (*write_soon)(int fd);

	int (*mkdir)(int dir, const char *name, unsigned int mode);
	int (*mknod)(int dir, const char *name, unsigned int mode,
		     unsigned int major, unsigned int minor);
	int (*symlink)(const char *target, int dir, const char *name);
	int (*link)(int from_dir, const char *from, int dir, const char *name);
	int (*unlink)(int dir, const char *name);
	int (*rmdir)(int dir, const char *name);

	int (*chown)(const struct file_ref *file, uint32_t uid, uint32_t gid);
	int (*chmod)(const struct file_ref *file, unsigned int mode);
	/* @times: of the last access and the last modification */
	int (*utimes)(const struct file_ref *file,
		      const struct lkl___kernel_timespec times[2]);

	long (*listxattr)(const struct file_ref *file, char *list, size_t size);
	long (*getxattr)(const struct file_ref *file, const char *name,
			 void *value, size_t size);
	int (*setxattr)(const struct file_ref *file, const char *name,
			const void *value, size_t size);
	int (*removexattr)(const struct file_ref *file, const char *name);
	/* The attributes of all files in @dir will be read; may be NULL. */
	void (*xattrs_ahead)(int dir);

	int (*syncfs)(int fd);
};

/*
 * The calls of the image's kernel.  Those for extended attributes of files
 * that are not open change its current directory, unless @dir is
 * LKL_AT_FDCWD.
 */
extern const struct file_calls image_calls;

/*
 * image_enter - make an image's root directory the root of all paths
 * @root: what session_root() returns
 *
 * Absolute links and ".." cannot lead out of the image then.  The root
 * becomes the current directory, too.  Call image_leave() before unmounting.
 */
int image_enter(const char *root, struct lkl_error *err);
int image_leave(struct lkl_error *err);

#endif /* TOOLS_FILE_CALLS_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * calls.h - the same system calls for both sides of a copy: the host's
 * kernel and the one of the image.
 *
 * Flags and structures are those of <lkl.h>.  All calls return what they
 * found or -errno.  Names are one component below an open directory unless a
 * comment says otherwise, and are never followed if they are links, unless
 * the flags of a call ask for that.
 */
#ifndef CP_CALLS_H
#define CP_CALLS_H

#include <stddef.h>
#include <stdint.h>

#include <lkl.h>

#include "common/tree/directory.h"

/* A file: open at @fd; or, if that is -1, called @name in @dir. */
struct place {
	int fd;
	int dir;
	const char *name;
};

struct calls {
	struct directory_calls directory;	/* getdents, seek, close */

	int (*open)(int dir, const char *name, int flags, unsigned int mode);
	/* A path, with LKL_RESOLVE_... */
	int (*open_path)(int dir, const char *path, int flags,
			 unsigned int resolve);
	int (*statx)(int dir, const char *name, int flags,
		     struct lkl_statx *st);
	int (*statfs)(int fd, struct lkl_statfs *st);
	long (*readlink)(int dir, const char *name, char *buf, size_t size);

	long (*read)(int fd, void *buf, size_t len, uint64_t offset);
	long (*write)(int fd, const void *buf, size_t len, uint64_t offset);
	int (*truncate)(int fd, uint64_t size);
	/* Have what was written to a file go to the disk soon; NULL: none. */
	void (*write_soon)(int fd);

	int (*mkdir)(int dir, const char *name, unsigned int mode);
	int (*mknod)(int dir, const char *name, unsigned int mode,
		     unsigned int major, unsigned int minor);
	int (*symlink)(const char *target, int dir, const char *name);
	int (*link)(int from_dir, const char *from, int dir, const char *name);
	int (*unlink)(int dir, const char *name);

	int (*chown)(const struct place *place, uint32_t uid, uint32_t gid);
	int (*chmod)(const struct place *place, unsigned int mode);
	/* @times: access, modification */
	int (*utimes)(const struct place *place,
		      const struct lkl___kernel_timespec times[2]);

	long (*listxattr)(const struct place *place, char *list, size_t size);
	long (*getxattr)(const struct place *place, const char *name,
			 void *value, size_t size);
	int (*setxattr)(const struct place *place, const char *name,
			const void *value, size_t size);
	int (*removexattr)(const struct place *place, const char *name);

	int (*syncfs)(int fd);
};

extern const struct calls host_calls;
extern const struct calls image_calls;

/*
 * image_enter - make an image's root the root of all paths
 * @root: as session_root() has it
 *
 * Links in the image, absolute or not, lead nowhere outside it then.  Paths
 * without a slash in front begin there, too.  image_leave() undoes it, which
 * unmounting needs.
 */
int image_enter(const char *root, struct lkl_error *err);
int image_leave(struct lkl_error *err);

#endif /* CP_CALLS_H */

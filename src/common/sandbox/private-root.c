// SPDX-License-Identifier: GPL-2.0-only
/*
 * private-root.c - the private-root layer: one directory becomes the root.
 *
 * Landlock does not see chmod, chown, utimes and setxattr, nor open() with
 * O_PATH.  Without Landlock, the system-call filter cannot tell paths apart.
 * In a root directory of its own, a process has no names for other files.
 *
 * The directory is mounted a second time, without devices: the process cannot
 * open the device files in it.  Both need privileges.  An ordinary user
 * has neither them nor device files.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE		/* unshare */
#endif
#include "layers.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#include "common/cleanup.h"
#include "common/error.h"

#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#define SETATTR_RECURSIVE	0x8000		/* AT_RECURSIVE */
#define SETATTR_NODEV		0x00000004ull	/* MOUNT_ATTR_NODEV */

/* Flags that a remount has to repeat, or they would be cleared. */
static unsigned long mount_flags_here(void)
{
	static const struct {
		unsigned long from, to;
	} table[] = {
		{ ST_RDONLY, MS_RDONLY }, { ST_NOSUID, MS_NOSUID },
		{ ST_NOEXEC, MS_NOEXEC }, { ST_NOATIME, MS_NOATIME },
		{ ST_NODIRATIME, MS_NODIRATIME },
		{ ST_RELATIME, MS_RELATIME },
	};
	unsigned long flags = 0;
	struct statvfs st;
	size_t i;

	if (statvfs(".", &st) < 0)
		return 0;
	for (i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (st.f_flag & table[i].from)
			flags |= table[i].to;
	return flags;
}

/* For the current directory's mount, and those below it if possible. */
static bool forbid_devices(void)
{
	struct {
		uint64_t attr_set, attr_clr, propagation, userns_fd;
	} attr = { .attr_set = SETATTR_NODEV };

	if (!syscall(SYS_mount_setattr, AT_FDCWD, ".", SETATTR_RECURSIVE, &attr,
		     sizeof(attr)))
		return true;
	return !mount(NULL, ".", NULL, MS_REMOUNT | MS_BIND | MS_NODEV |
		      mount_flags_here(), NULL);
}

/* Mounts @directory on itself, where only this process sees it. */
static bool mount_without_devices(const char *directory)
{
	return !unshare(CLONE_NEWNS) &&
		!mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
		!mount(directory, directory, NULL, MS_BIND | MS_REC, NULL) &&
		/* Into the new mount. */
		!chdir(directory) && forbid_devices();
}

int sandbox_private_root(const char *directory, struct lkl_error *err)
{
	cleanup_free char *real = realpath(directory, NULL);

	if (!real || chdir(real) < 0)
		return error_set(err, -errno, "%s: %s", directory,
				 strerror(errno));
	/* Who makes devices for the process asks whether this has worked. */
	mount_without_devices(real);
	if (chroot(".") < 0) {
		if (errno == EPERM)
			return 0;
		return error_set(err, -errno, "%s: chroot: %s", directory,
				 strerror(errno));
	}
	return 1;
}

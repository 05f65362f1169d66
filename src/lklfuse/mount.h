/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mount.h - mounting on the host.
 */
#ifndef LKLFUSE_MOUNT_H
#define LKLFUSE_MOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "arguments.h"
#include "filesystem.h"

struct fuse_session;

/*
 * mount_check_options - whether libfuse knows the options that are left to it
 *
 * 0, or -EINVAL and a message.
 */
int mount_check_options(const struct arguments *arguments,
			struct lkl_error *err);

/*
 * mount_host - make libfuse's session and mount it on the host
 * @mountpoint: an absolute path
 *
 * No request is answered yet.  The caller destroys the session.
 */
int mount_host(const struct arguments *arguments, const char *mountpoint,
	       struct filesystem *fs, struct fuse_session **ret_session,
	       struct lkl_error *err);

/*
 * mount_find_device - the device number of the mount on @mountpoint
 * @device: set to "MAJOR:MINOR"
 * @ret_uid: the user that mounted it; may be NULL
 *
 * False if no FUSE file system is mounted there.
 */
bool mount_find_device(const char *mountpoint, char *device, size_t size,
		       uid_t *ret_uid);

enum mount_place { MOUNT_ABSENT, MOUNT_COVERED, MOUNT_ON_TOP };

/* mount_find_place - where the mount of @device is among those on @mountpoint */
enum mount_place mount_find_place(const char *mountpoint, const char *device);

/*
 * mount_change - change the host's flags of an existing mount
 *
 * For "mount -o remount": read-only or writable, and nosuid, nodev, noexec.
 */
int mount_change(const struct arguments *arguments, struct lkl_error *err);

#endif /* LKLFUSE_MOUNT_H */

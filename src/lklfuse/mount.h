/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mount.h - mounting on the host, and unmounting at the end.
 */
#ifndef LKLFUSE_MOUNT_H
#define LKLFUSE_MOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/sandbox/guardian.h"
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

/*
 * mount_end - unmount and wait until the daemon has ended
 * @lazy: unmount even if it is in use; then this does not wait
 */
int mount_end(const char *mountpoint, bool lazy, struct lkl_error *err);

/*
 * mount_change - change the host's flags of an existing mount
 *
 * For "mount -o remount": read-only or writable, and nosuid, nodev, noexec.
 */
int mount_change(const struct arguments *arguments, struct lkl_error *err);

/*
 * unmounter_start - start the guardian that unmounts
 * @mountpoint: an absolute path, copied
 *
 * To be called before anything is mounted.  The guardian unmounts when it is
 * told to, or when the daemon has died.  Without root that takes fusermount3,
 * which a sandboxed process cannot start.  Until then it answers the
 * questions of callers.h.
 */
int unmounter_start(const char *mountpoint, struct guardian **ret_guardian,
		    struct lkl_error *err);

/*
 * guardian_act() returns this if the mount was in use.  The host has handed
 * over its cached data and has freed the mount point, but files are still
 * open.
 */
#define UNMOUNT_BUSY 1

#endif /* LKLFUSE_MOUNT_H */

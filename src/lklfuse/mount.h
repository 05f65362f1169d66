/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mount.h - libfuse's session: from options to a mount point.
 */
#ifndef LKLFUSE_MOUNT_H
#define LKLFUSE_MOUNT_H

#include "arguments.h"
#include "filesystem.h"

struct fuse_session;

/*
 * mount_host - mount on the host; nobody answers yet
 * @mountpoint: an absolute path
 */
int mount_host(const struct arguments *arguments, const char *mountpoint,
	       struct filesystem *fs, struct fuse_session **ret_session,
	       struct lkl_error *err);

#endif /* LKLFUSE_MOUNT_H */

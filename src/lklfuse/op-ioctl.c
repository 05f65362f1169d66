// SPDX-License-Identifier: GPL-2.0-only
/*
 * op-ioctl.c - the ioctls that are let through.
 *
 * The kernel inside takes pointers at their word, and here they would be
 * addresses of this process.  So only those are let through whose arguments
 * hold none; each is in the table, or in op-subvolumes.c.
 *
 * What the host's kernel answers without us (FICLONE, FS_IOC_FIEMAP, ...)
 * cannot be offered.
 */
#include "operations.h"

#include <errno.h>
#include <string.h>

#include <lkl/linux/btrfs.h>
#include <lkl/linux/fs.h>

static const unsigned int known[] = {
	LKL_FS_IOC_GETFLAGS,
	LKL_FS_IOC_SETFLAGS,
	LKL_FS_IOC_GETVERSION,
	LKL_FS_IOC_FSGETXATTR,
	LKL_FS_IOC_FSSETXATTR,
	LKL_FS_IOC_GETFSLABEL,
	LKL_FS_IOC_SETFSLABEL,
	LKL_FITRIM,
	LKL_BTRFS_IOC_SUBVOL_GETFLAGS,
	LKL_BTRFS_IOC_SUBVOL_SETFLAGS,
	LKL_BTRFS_IOC_DEFAULT_SUBVOL,
	LKL_BTRFS_IOC_INO_LOOKUP,
	LKL_BTRFS_IOC_GET_SUBVOL_INFO,
	LKL_BTRFS_IOC_GET_SUBVOL_ROOTREF,
	LKL_BTRFS_IOC_TREE_SEARCH,
	LKL_BTRFS_IOC_FS_INFO,
	LKL_BTRFS_IOC_DEV_INFO,
	LKL_BTRFS_IOC_GET_FEATURES,
	LKL_BTRFS_IOC_SYNC,
	LKL_BTRFS_IOC_START_SYNC,
	LKL_BTRFS_IOC_WAIT_SYNC,
};

#define ARGUMENT_MAX 16384	/* what an ioctl's number can say */

static bool is_known(unsigned int cmd)
{
	unsigned int i;

	if (op_is_subvolume_ioctl(cmd))
		return true;
	for (i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (known[i] == cmd)
			return true;
	return false;
}

/*
 * A set of flags is an int, whatever its number says; the host's kernel
 * sends so much.
 */
static bool fits(unsigned int cmd, size_t in, size_t out)
{
	size_t size = LKL__IOC_SIZE(cmd);

	if (size > ARGUMENT_MAX)
		return false;
	return in <= size && out <= size;
}

/* What the host checks as for its own file systems; of the rest, nothing. */
static bool host_checks(unsigned int cmd)
{
	return cmd == LKL_FS_IOC_SETFLAGS || cmd == LKL_FS_IOC_FSSETXATTR;
}

void op_ioctl(fuse_req_t req, fuse_ino_t ino, unsigned int cmd, void *arg,
	      struct fuse_file_info *fi, unsigned int flags,
	      const void *in_buf, size_t in_bufsz, size_t out_bufsz)
{
	char argument[ARGUMENT_MAX] __attribute__((aligned(16)));
	int fd = flags & FUSE_IOCTL_DIR ? op_dir_fd(fi) : op_file(fi)->fd;
	struct identity caller;
	long ret;

	(void)arg;
	if ((flags & (FUSE_IOCTL_COMPAT | FUSE_IOCTL_UNRESTRICTED)) ||
	    !is_known(cmd) || !fits(cmd, in_bufsz, out_bufsz)) {
		op_reply(req, -ENOTTY);
		return;
	}
	memset(argument, 0, LKL__IOC_SIZE(cmd));
	if (in_bufsz)
		memcpy(argument, in_buf, in_bufsz);
	caller = op_caller(req);
	caller.unchecked = !host_checks(cmd);
	if ((flags & FUSE_IOCTL_DIR) && op_is_subvolume_ioctl(cmd)) {
		op_subvolume_ioctl(req, ino, cmd, fd, &caller, argument);
		return;
	}
	ret = identity_become(&caller);
	if (!ret)
		ret = lkl_sys_ioctl((unsigned int)fd, cmd,
				    (unsigned long)argument);
	if (ret < 0)
		op_reply(req, ret);
	else
		fuse_reply_ioctl(req, (int)ret, argument, out_bufsz);
}

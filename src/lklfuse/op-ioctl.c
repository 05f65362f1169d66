// SPDX-License-Identifier: GPL-2.0-only
/*
 * op-ioctl.c - the ioctls that are let through.
 *
 * The kernel inside takes pointers at their word, and here they would be
 * addresses of this process.  So only those are let through whose arguments
 * hold none; each is in the table.
 *
 * What the host's kernel answers without us (FICLONE, FS_IOC_FIEMAP, ...)
 * cannot be offered.
 */
#include "operations.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <lkl/linux/btrfs.h>
#include <lkl/linux/fs.h>

#include "device.h"

static const unsigned int known[] = {
	LKL_FS_IOC_GETFLAGS,
	LKL_FS_IOC_SETFLAGS,
	LKL_FS_IOC_GETVERSION,
	LKL_FS_IOC_FSGETXATTR,
	LKL_FS_IOC_FSSETXATTR,
	LKL_FS_IOC_GETFSLABEL,
	LKL_FS_IOC_SETFSLABEL,
	LKL_FITRIM,
	LKL_BTRFS_IOC_SUBVOL_CREATE,
	LKL_BTRFS_IOC_SUBVOL_GETFLAGS,
	LKL_BTRFS_IOC_SUBVOL_SETFLAGS,
	LKL_BTRFS_IOC_SNAP_DESTROY,
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

/* ---- Entries that come and go without the host's doing ---- */

struct changed_entry {
	fuse_req_t req;
	uint64_t parent;
	int result;
	struct device device;
	char name[LKL_BTRFS_PATH_NAME_MAX + 1];
};

static void *answer_later(void *arg)
{
	struct changed_entry *changed = arg;

	device_self = &changed->device;
	device_forget_entry(changed->parent, changed->name);
	device_forget_attributes(changed->parent);
	fuse_reply_ioctl(changed->req, changed->result, NULL, 0);
	device_self = NULL;
	free(changed);
	return NULL;
}

static bool changes_entry(unsigned int cmd)
{
	return cmd == LKL_BTRFS_IOC_SUBVOL_CREATE ||
		cmd == LKL_BTRFS_IOC_SNAP_DESTROY;
}

/* Answers when the host knows; at once if that cannot be had. */
static void reply_changed(fuse_req_t req, fuse_ino_t parent, int result,
			  const char *name)
{
	struct changed_entry *changed = malloc(sizeof(*changed));
	pthread_t thread;

	if (changed) {
		*changed = (struct changed_entry){
			.req = req, .parent = parent, .result = result,
		};
		memcpy(changed->name, name,
		       strnlen(name, sizeof(changed->name) - 1));
		device_detach_request(&changed->device);
		if (!pthread_create(&thread, NULL, answer_later, changed)) {
			pthread_detach(thread);
			return;
		}
		free(changed);
	}
	fuse_reply_ioctl(req, result, NULL, 0);
}

void op_ioctl(fuse_req_t req, fuse_ino_t ino, unsigned int cmd, void *arg,
	      struct fuse_file_info *fi, unsigned int flags,
	      const void *in_buf, size_t in_bufsz, size_t out_bufsz)
{
	char argument[ARGUMENT_MAX] __attribute__((aligned(16)));
	int fd = flags & FUSE_IOCTL_DIR ? op_dir_fd(fi) : op_file(fi)->fd;
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
	ret = op_become_caller(req);
	if (!ret)
		ret = lkl_sys_ioctl((unsigned int)fd, cmd,
				    (unsigned long)argument);
	if (ret < 0)
		op_reply(req, ret);
	else if (changes_entry(cmd))
		reply_changed(req, ino, (int)ret, ((struct
			lkl_btrfs_ioctl_vol_args *)(void *)argument)->name);
	else
		fuse_reply_ioctl(req, (int)ret, argument, out_bufsz);
}

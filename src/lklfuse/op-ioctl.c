// SPDX-License-Identifier: GPL-2.0-only
/*
 * op-ioctl.c - ioctls.
 *
 * To the kernel inside, a pointer in an argument would be an address of this
 * process.  So only ioctls whose arguments hold no pointers are allowed; the
 * tables list them.
 *
 * The host's kernel answers some ioctls without asking (FICLONE,
 * FS_IOC_FIEMAP, ...).  They cannot be supported.
 *
 * The ioctls that make and remove btrfs subvolumes need more.  The host has to
 * be told of names that come and go, which a worker must not wait for.  The
 * source of a snapshot is a descriptor of the caller: only the guardian can
 * find out which file that is.  It also knows the caller's groups.  So each of
 * these requests has a thread of its own.
 *
 * Two things are not supported: inheriting quota groups (the argument holds a
 * pointer), and removing a subvolume by number (there is no name to tell the
 * host).
 */
#include "operations.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <lkl/linux/btrfs.h>
#include <lkl/linux/fs.h>

#include "common/cleanup.h"
#include "callers.h"
#include "device.h"

/* ---- Subvolumes of btrfs ---- */

/* The request does not carry the caller's umask: assume the usual one. */
#define SUBVOLUME_UMASK 022

union subvolume_argument {
	struct lkl_btrfs_ioctl_vol_args v1;
	struct lkl_btrfs_ioctl_vol_args_v2 v2;
};

struct subvolume_request {
	fuse_req_t req;
	uint64_t parent;
	unsigned int cmd;
	int dirfd;		/* the host keeps it open until the reply */
	struct identity caller;
	union subvolume_argument argument;
};

static const struct {
	unsigned int cmd;
	bool v2;
	bool has_source;
	bool removes;
} subvolume_ioctls[] = {
	{ LKL_BTRFS_IOC_SUBVOL_CREATE, false, false, false },
	{ LKL_BTRFS_IOC_SUBVOL_CREATE_V2, true, false, false },
	{ LKL_BTRFS_IOC_SNAP_CREATE, false, true, false },
	{ LKL_BTRFS_IOC_SNAP_CREATE_V2, true, true, false },
	{ LKL_BTRFS_IOC_SNAP_DESTROY, false, false, true },
	{ LKL_BTRFS_IOC_SNAP_DESTROY_V2, true, false, true },
};

#define N_SUBVOLUME_IOCTLS (sizeof(subvolume_ioctls) / sizeof(*subvolume_ioctls))

static unsigned int subvolume_ioctl_index(unsigned int cmd)
{
	unsigned int i;

	for (i = 0; i < N_SUBVOLUME_IOCTLS && subvolume_ioctls[i].cmd != cmd;
	     i++)
		;
	return i;
}

static bool is_subvolume_ioctl(unsigned int cmd)
{
	return subvolume_ioctl_index(cmd) < N_SUBVOLUME_IOCTLS;
}

/*
 * Only open files have such data: the host writes back a file's data when it is
 * closed.
 */
void op_write_back_open_files(struct inode_table *table)
{
	uint32_t slot = 0;
	uint64_t id;

	while ((id = inode_next_writer(table, &slot)))
		device_write_back(id);
}

/* Open the file behind the caller's descriptor @fd: a descriptor, or -errno. */
static int open_snapshot_source(const struct subvolume_request *request,
				int64_t fd)
{
	struct filesystem *fs = op_filesystem(request->req);
	struct inode *inode;
	uint64_t number, id;
	int ret;

	ret = callers_find_file(fuse_req_ctx(request->req)->pid, fd, &number);
	if (ret < 0)
		return ret;
	id = inode_find_by_user_number(fs->inodes, number);
	inode = id ? inode_get(fs->inodes, id) : NULL;
	if (!inode)
		return -ESTALE;
	ret = inode_open(fs->inodes, inode,
			 LKL_O_RDONLY | LKL_O_DIRECTORY | LKL_O_CLOEXEC);
	inode_put(fs->inodes, inode);
	return ret;
}

int op_become_unchecked(fuse_req_t req, const struct identity *caller)
{
	cleanup_free uint32_t *groups = NULL;
	size_t n;
	int ret = 0;

	if (caller->uid)
		ret = op_caller_groups(req, &groups, &n);
	if (groups && !ret)
		ret = identity_set_groups(groups, n);
	return ret < 0 ? ret : identity_become(caller);
}

static long subvolume_ioctl_run(struct subvolume_request *request)
{
	unsigned int which = subvolume_ioctl_index(request->cmd);
	union subvolume_argument *argument = &request->argument;
	long ret, source = -1;

	if (subvolume_ioctls[which].v2 &&
	    (argument->v2.flags & ~(uint64_t)LKL_BTRFS_SUBVOL_RDONLY))
		return -EOPNOTSUPP;
	if (subvolume_ioctls[which].has_source) {
		/* It has to contain everything that was written before. */
		op_write_back_open_files(op_filesystem(request->req)->inodes);
		source = subvolume_ioctls[which].v2 ? argument->v2.fd :
						      argument->v1.fd;
		source = open_snapshot_source(request, source);
		if (source < 0)
			return source;
	}
	if (subvolume_ioctls[which].v2)
		argument->v2.fd = source;
	else
		argument->v1.fd = source;
	identity_umask(SUBVOLUME_UMASK);
	/* The host is not told of the files in the subvolume. */
	if (subvolume_ioctls[which].removes)
		inode_table_distrust_numbers(
			op_filesystem(request->req)->inodes);
	ret = op_become_unchecked(request->req, &request->caller);
	if (!ret)
		ret = lkl_sys_ioctl((unsigned int)request->dirfd, request->cmd,
				    (unsigned long)argument);
	if (source >= 0)
		lkl_sys_close((unsigned int)source);
	return ret;
}

static void subvolume_ioctl_reply(void *arg)
{
	struct subvolume_request *request = arg;
	bool v2 = subvolume_ioctls[subvolume_ioctl_index(request->cmd)].v2;
	long ret = identity_init();

	if (!ret)
		ret = subvolume_ioctl_run(request);
	if (ret < 0) {
		op_reply(request->req, ret);
	} else {
		device_forget_entry(request->parent,
				    v2 ? request->argument.v2.name :
					 request->argument.v1.name);
		device_forget_attributes(request->parent);
		fuse_reply_ioctl(request->req, (int)ret, NULL, 0);
	}
	free(request);
}

static void subvolume_ioctl_start(fuse_req_t req, fuse_ino_t parent,
				  unsigned int cmd, int dirfd,
				  const struct identity *caller,
				  const void *argument)
{
	struct subvolume_request *request = malloc(sizeof(*request));
	int ret;

	if (!request) {
		op_reply(req, -ENOMEM);
		return;
	}
	*request = (struct subvolume_request){
		.req = req, .parent = parent, .cmd = cmd, .dirfd = dirfd,
		.caller = *caller,
	};
	memcpy(&request->argument, argument, LKL__IOC_SIZE(cmd));
	/* Like the kernel, cut off a name that has no end. */
	request->argument.v1.name[LKL_BTRFS_PATH_NAME_MAX] = '\0';
	request->argument.v2.name[LKL_BTRFS_SUBVOL_NAME_MAX] = '\0';
	ret = device_detach_request(subvolume_ioctl_reply, request);
	if (ret < 0) {
		free(request);
		op_reply(req, ret);
	}
}

/* ---- All ioctls ---- */

static const unsigned int allowed_ioctls[] = {
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

#define ARGUMENT_MAX 16384	/* the largest size that an ioctl number can encode */

static bool is_verity_ioctl(unsigned int cmd)
{
	return op_is_enable_verity_ioctl(cmd) ||
		op_is_measure_verity_ioctl(cmd);
}

static bool is_allowed_ioctl(unsigned int cmd)
{
	unsigned int i;

	if (is_subvolume_ioctl(cmd) || is_verity_ioctl(cmd) ||
	    op_is_shutdown_ioctl(cmd) || op_is_encryption_ioctl(cmd))
		return true;
	for (i = 0; i < sizeof(allowed_ioctls) / sizeof(*allowed_ioctls); i++)
		if (allowed_ioctls[i] == cmd)
			return true;
	return false;
}

/*
 * FS_IOC_GETFLAGS encodes the size of a long, but the host sends an int.  For
 * fs-verity the host sends what follows the argument as well.
 */
static bool ioctl_size_fits(unsigned int cmd, size_t in, size_t out)
{
	size_t size = is_verity_ioctl(cmd) ? ARGUMENT_MAX :
					     LKL__IOC_SIZE(cmd);

	if (size > ARGUMENT_MAX)
		return false;
	return in <= size && out <= size;
}

/*
 * FS_IOC_GETVERSION also encodes the size of a long.  The host would copy all of
 * it, but programs have an int for it.
 */
static size_t ioctl_reply_size(unsigned int cmd, size_t out)
{
	return cmd == LKL_FS_IOC_GETVERSION && out > sizeof(int) ? sizeof(int) :
								   out;
}

/* The host checks permissions for these ioctls, and for no others. */
static bool host_checks_ioctl(unsigned int cmd)
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
	    !is_allowed_ioctl(cmd) ||
	    !ioctl_size_fits(cmd, in_bufsz, out_bufsz)) {
		op_reply(req, -ENOTTY);
		return;
	}
	memset(argument, 0, sizeof(argument));
	if (in_bufsz)
		memcpy(argument, in_buf, in_bufsz);
	caller = op_caller(req);
	caller.unchecked = !host_checks_ioctl(cmd);
	if ((flags & FUSE_IOCTL_DIR) && is_subvolume_ioctl(cmd)) {
		subvolume_ioctl_start(req, ino, cmd, fd, &caller, argument);
		return;
	}
	if (op_is_shutdown_ioctl(cmd)) {
		op_shutdown_ioctl(req, ino, fd, &caller);
		return;
	}
	if (op_is_encryption_ioctl(cmd)) {
		op_encryption_ioctl(req, cmd, fd, &caller, argument, in_bufsz,
				    out_bufsz);
		explicit_bzero(argument, in_bufsz);
		return;
	}
	if (op_is_enable_verity_ioctl(cmd)) {
		/* It reads the file. */
		if (!(flags & FUSE_IOCTL_DIR))
			fd = op_buffered_fd(op_file(fi));
		op_enable_verity_ioctl(req, ino, fd, &caller, argument,
				       in_bufsz);
		return;
	}
	ret = identity_become(&caller);
	if (!ret && op_is_measure_verity_ioctl(cmd))
		ret = op_measure_verity_ioctl(fd, argument, in_bufsz,
					      out_bufsz);
	else if (!ret)
		ret = lkl_sys_ioctl((unsigned int)fd, cmd,
				    (unsigned long)argument);
	/* The next request of this worker may need more rights. */
	identity_become_root();
	if (ret < 0)
		op_reply(req, ret);
	else
		fuse_reply_ioctl(req, (int)ret, argument,
				 ioctl_reply_size(cmd, out_bufsz));
}

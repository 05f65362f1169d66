// SPDX-License-Identifier: GPL-2.0-only
/*
 * op-names.c - making, removing and renaming directory entries: mknod, mkdir,
 * symlink, link, unlink, rmdir, rename; and readlink.  op-open.c has create.
 */
#include "operations.h"

#include <errno.h>

void op_readlink(fuse_req_t req, fuse_ino_t ino)
{
	struct filesystem *fs = op_filesystem(req);
	char target[LKL_PATH_MAX + 1];
	struct inode *inode;
	long ret;

	ret = op_get_inode_fd(fs, ino, &inode);
	if (ret < 0) {
		op_reply(req, ret);
		return;
	}
	ret = lkl_sys_readlinkat((int)ret, "", target, LKL_PATH_MAX);
	inode_put(fs->inodes, inode);
	if (ret < 0) {
		op_reply(req, ret);
		return;
	}
	target[ret] = '\0';
	fuse_reply_readlink(req, target);
}

/* Reply to a request that made an entry; @made is the system call's result. */
static void reply_created(fuse_req_t req, struct inode *inode, int dirfd,
			  const char *name, long made)
{
	struct filesystem *fs = op_filesystem(req);

	if (made < 0)
		op_reply(req, made);
	else
		op_reply_entry(req, dirfd, name);
	inode_put(fs->inodes, inode);
}

/* Find the directory and act as the caller.  Replies if that fails. */
static int begin_create(fuse_req_t req, fuse_ino_t parent,
			struct inode **ret_inode)
{
	struct filesystem *fs = op_filesystem(req);
	struct inode *inode;
	int fd, ret;

	fd = op_get_inode_fd(fs, parent, &inode);
	if (fd < 0) {
		op_reply(req, fd);
		return fd;
	}
	ret = op_become_creator(req);
	if (ret < 0) {
		inode_put(fs->inodes, inode);
		op_reply(req, ret);
		return ret;
	}
	*ret_inode = inode;
	return fd;
}

void op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name,
	      mode_t mode, dev_t rdev)
{
	struct inode *inode;
	int fd = begin_create(req, parent, &inode);

	if (fd >= 0)
		reply_created(req, inode, fd, name,
			      lkl_sys_mknodat(fd, name, (lkl_umode_t)mode,
					      (unsigned int)rdev));
}

void op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name,
	      mode_t mode)
{
	struct inode *inode;
	int fd = begin_create(req, parent, &inode);

	if (fd >= 0)
		reply_created(req, inode, fd, name,
			      lkl_sys_mkdirat(fd, name, (lkl_umode_t)mode));
}

void op_symlink(fuse_req_t req, const char *target, fuse_ino_t parent,
		const char *name)
{
	struct inode *inode;
	int fd = begin_create(req, parent, &inode);

	if (fd >= 0)
		reply_created(req, inode, fd, name,
			      lkl_sys_symlinkat(target, fd, name));
}

void op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t newparent,
	     const char *newname)
{
	struct filesystem *fs = op_filesystem(req);
	struct inode *file, *dir;
	int fd, dirfd;

	fd = op_get_inode_fd(fs, ino, &file);
	if (fd < 0) {
		op_reply(req, fd);
		return;
	}
	dirfd = begin_create(req, newparent, &dir);
	if (dirfd >= 0)
		reply_created(req, dir, dirfd, newname,
			      lkl_sys_linkat(fd, "", dirfd, newname,
					     LKL_AT_EMPTY_PATH));
	inode_put(fs->inodes, file);
}

static void remove_entry(fuse_req_t req, fuse_ino_t parent, const char *name,
			 int flag)
{
	struct filesystem *fs = op_filesystem(req);
	struct inode *inode;
	int fd, held;
	long ret;

	fd = op_get_inode_fd(fs, parent, &inode);
	if (fd < 0) {
		op_reply(req, fd);
		return;
	}
	ret = op_become_caller(req);
	if (!ret) {
		held = inode_before_unlink(fs->inodes, fd, name);
		ret = lkl_sys_unlinkat(fd, name, flag);
		inode_after_unlink(fs->inodes, held, !ret);
	}
	inode_put(fs->inodes, inode);
	op_reply(req, ret);
}

void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	remove_entry(req, parent, name, 0);
}

void op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	remove_entry(req, parent, name, LKL_AT_REMOVEDIR);
}

void op_rename(fuse_req_t req, fuse_ino_t parent, const char *name,
	       fuse_ino_t newparent, const char *newname, unsigned int flags)
{
	struct filesystem *fs = op_filesystem(req);
	struct inode *from, *to;
	int fromfd, tofd, held = INODE_NOT_HELD;
	long ret;

	fromfd = op_get_inode_fd(fs, parent, &from);
	if (fromfd < 0) {
		op_reply(req, fromfd);
		return;
	}
	tofd = op_get_inode_fd(fs, newparent, &to);
	if (tofd < 0) {
		inode_put(fs->inodes, from);
		op_reply(req, tofd);
		return;
	}
	ret = op_become_caller(req);
	if (!ret) {
		/* A file that is replaced may still be in use. */
		if (!(flags & (LKL_RENAME_NOREPLACE | LKL_RENAME_EXCHANGE)))
			held = inode_before_unlink(fs->inodes, tofd, newname);
		ret = lkl_sys_renameat2(fromfd, name, tofd, newname, flags);
		inode_after_unlink(fs->inodes, held, !ret);
	}
	inode_put(fs->inodes, to);
	inode_put(fs->inodes, from);
	op_reply(req, ret);
}

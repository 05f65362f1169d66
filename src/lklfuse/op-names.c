// SPDX-License-Identifier: GPL-2.0-only
/*
 * op-names.c - what changes directories, but for files that are opened as
 * they are made: mknod, mkdir, symlink, link, unlink, rmdir, rename.
 */
#include "operations.h"

#include <errno.h>

void op_readlink(fuse_req_t req, fuse_ino_t ino)
{
	struct filesystem *fs = op_filesystem(req);
	char target[LKL_PATH_MAX + 1];
	struct node *node;
	long ret;

	ret = op_node(fs, ino, &node);
	if (ret < 0) {
		op_reply(req, ret);
		return;
	}
	ret = lkl_sys_readlinkat((int)ret, "", target, LKL_PATH_MAX);
	node_put(fs->nodes, node);
	if (ret < 0) {
		op_reply(req, ret);
		return;
	}
	target[ret] = '\0';
	fuse_reply_readlink(req, target);
}

/* The end of all that makes an entry: @made is the call's result. */
static void reply_made(fuse_req_t req, struct node *node, int dirfd,
		       const char *name, long made)
{
	struct filesystem *fs = op_filesystem(req);

	if (made < 0)
		op_reply(req, made);
	else
		op_reply_entry(req, dirfd, name);
	node_put(fs->nodes, node);
}

/* The directory, with the caller's identity taken; answers failures. */
static int begin_making(fuse_req_t req, fuse_ino_t parent,
			struct node **ret_node)
{
	struct filesystem *fs = op_filesystem(req);
	struct node *node;
	int fd, ret;

	fd = op_node(fs, parent, &node);
	if (fd < 0) {
		op_reply(req, fd);
		return fd;
	}
	ret = op_become_creator(req);
	if (ret < 0) {
		node_put(fs->nodes, node);
		op_reply(req, ret);
		return ret;
	}
	*ret_node = node;
	return fd;
}

void op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name,
	      mode_t mode, dev_t rdev)
{
	struct node *node;
	int fd = begin_making(req, parent, &node);

	if (fd >= 0)
		reply_made(req, node, fd, name,
			   lkl_sys_mknodat(fd, name, (lkl_umode_t)mode,
					   (unsigned int)rdev));
}

void op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name,
	      mode_t mode)
{
	struct node *node;
	int fd = begin_making(req, parent, &node);

	if (fd >= 0)
		reply_made(req, node, fd, name,
			   lkl_sys_mkdirat(fd, name, (lkl_umode_t)mode));
}

void op_symlink(fuse_req_t req, const char *target, fuse_ino_t parent,
		const char *name)
{
	struct node *node;
	int fd = begin_making(req, parent, &node);

	if (fd >= 0)
		reply_made(req, node, fd, name,
			   lkl_sys_symlinkat(target, fd, name));
}

void op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t newparent,
	     const char *newname)
{
	struct filesystem *fs = op_filesystem(req);
	struct node *file, *dir;
	int fd, dirfd;

	fd = op_node(fs, ino, &file);
	if (fd < 0) {
		op_reply(req, fd);
		return;
	}
	dirfd = begin_making(req, newparent, &dir);
	if (dirfd >= 0)
		reply_made(req, dir, dirfd, newname,
			   lkl_sys_linkat(fd, "", dirfd, newname,
					  LKL_AT_EMPTY_PATH));
	node_put(fs->nodes, file);
}

static void remove_entry(fuse_req_t req, fuse_ino_t parent, const char *name,
			 int flag)
{
	struct filesystem *fs = op_filesystem(req);
	struct node *node;
	int fd, held;
	long ret;

	fd = op_node(fs, parent, &node);
	if (fd < 0) {
		op_reply(req, fd);
		return;
	}
	ret = op_become_caller(req);
	if (!ret) {
		held = node_hold(fs->nodes, fd, name);
		ret = lkl_sys_unlinkat(fd, name, flag);
		node_removed(fs->nodes, held, !ret);
	}
	node_put(fs->nodes, node);
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
	struct node *from, *to;
	int fromfd, tofd, held = NODE_NOTHING_HELD;
	long ret;

	fromfd = op_node(fs, parent, &from);
	if (fromfd < 0) {
		op_reply(req, fromfd);
		return;
	}
	tofd = op_node(fs, newparent, &to);
	if (tofd < 0) {
		node_put(fs->nodes, from);
		op_reply(req, tofd);
		return;
	}
	ret = op_become_caller(req);
	if (!ret) {
		/* What is replaced may be used on. */
		if (!(flags & (LKL_RENAME_NOREPLACE | LKL_RENAME_EXCHANGE)))
			held = node_hold(fs->nodes, tofd, newname);
		ret = lkl_sys_renameat2(fromfd, name, tofd, newname, flags);
		node_removed(fs->nodes, held, !ret);
	}
	node_put(fs->nodes, to);
	node_put(fs->nodes, from);
	op_reply(req, ret);
}

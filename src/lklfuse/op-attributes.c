// SPDX-License-Identifier: GPL-2.0-only
/*
 * op-attributes.c - lookup, forget, stat, statfs; and what all need of it.
 */
#include "operations.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "callers.h"
#include "device.h"

int op_errno(long ret)
{
	/* The kernel inside is dead. */
	if (ret == -ENOTRECOVERABLE)
		return EIO;
	return (int)-ret;
}

void op_reply(fuse_req_t req, long ret)
{
	fuse_reply_err(req, ret < 0 ? op_errno(ret) : 0);
}

int op_node(struct filesystem *fs, fuse_ino_t ino, struct node **ret_node)
{
	return node_get_fd(fs->nodes, ino, ret_node);
}

struct identity op_caller(fuse_req_t req)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(req);
	const struct filesystem *fs = op_filesystem(req);

	return (struct identity){
		.uid = owner_to_image(&fs->owners.users, ctx->uid),
		.gid = owner_to_image(&fs->owners.groups, ctx->gid),
		.kill_suid = device_self && device_self->kill_suid,
	};
}

int op_become_caller(fuse_req_t req)
{
	const struct identity caller = op_caller(req);

	return identity_become(&caller);
}

int op_become_creator(fuse_req_t req)
{
	identity_umask(fuse_req_ctx(req)->umask);
	return op_become_caller(req);
}

/* What is shown there for a group that has no number in a user namespace. */
#define OVERFLOW_GID 65534

int op_caller_groups(fuse_req_t req, uint32_t **ret_groups, size_t *ret_n)
{
	const struct filesystem *fs = op_filesystem(req);
	const struct fuse_ctx *ctx = fuse_req_ctx(req);
	uint32_t *groups;
	size_t n, i, kept = 0;
	int ret;

	ret = callers_groups(ctx->pid, ctx->uid, ctx->gid, &groups, &n);
	if (ret < 0)
		return ret;
	for (i = 0; i < n; i++)
		if (fs->privileged || groups[i] != OVERFLOW_GID)
			groups[kept++] = owner_to_image(&fs->owners.groups,
							groups[i]);
	*ret_groups = groups;
	*ret_n = kept;
	return 0;
}

static struct timespec to_timespec(struct lkl_statx_timestamp t)
{
	return (struct timespec){ .tv_sec = t.tv_sec, .tv_nsec = t.tv_nsec };
}

void op_fill_attributes(const struct filesystem *fs,
			const struct lkl_statx *st, struct stat *ret_stat)
{
	*ret_stat = (struct stat){
		.st_ino = node_inode(fs->nodes, st),
		.st_mode = st->stx_mode,
		.st_nlink = st->stx_nlink,
		.st_uid = owner_to_host(&fs->owners.users, st->stx_uid),
		.st_gid = owner_to_host(&fs->owners.groups, st->stx_gid),
		.st_rdev = makedev(st->stx_rdev_major, st->stx_rdev_minor),
		.st_size = (off_t)st->stx_size,
		.st_blksize = (blksize_t)st->stx_blksize,
		.st_blocks = (blkcnt_t)st->stx_blocks,
		.st_atim = to_timespec(st->stx_atime),
		.st_mtim = to_timespec(st->stx_mtime),
		.st_ctim = to_timespec(st->stx_ctime),
	};
}

int op_attributes(int fd, struct lkl_statx *ret_st)
{
	return (int)lkl_sys_statx(fd, "", LKL_AT_EMPTY_PATH,
				  LKL_STATX_BASIC_STATS | LKL_STATX_BTIME,
				  ret_st);
}

int op_entry(struct filesystem *fs, int dirfd, const char *name,
	     struct fuse_entry_param *ret_entry)
{
	struct lkl_statx st;
	uint64_t id;
	int ret = node_lookup(fs->nodes, dirfd, name, &st, &id);

	if (ret < 0)
		return ret;
	/* Without a name: of what was made a moment ago. */
	if (!*name)
		node_note_lack(fs->nodes, id, NODE_CAPABILITY,
			       nodes_gains(fs->nodes));
	*ret_entry = (struct fuse_entry_param){
		.ino = id,
		.attr_timeout = fs->caching.attr_timeout,
		.entry_timeout = fs->caching.entry_timeout,
	};
	op_fill_attributes(fs, &st, &ret_entry->attr);
	return 0;
}

void op_reply_entry(fuse_req_t req, int dirfd, const char *name)
{
	struct filesystem *fs = op_filesystem(req);
	struct fuse_entry_param entry;
	int ret = op_entry(fs, dirfd, name, &entry);

	if (ret < 0)
		op_reply(req, ret);
	else if (fuse_reply_entry(req, &entry) == -ENOENT)
		node_forget(fs->nodes, entry.ino, 1);
}

void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct filesystem *fs = op_filesystem(req);
	struct fuse_entry_param entry = {
		.entry_timeout = fs->caching.negative_timeout,
	};
	struct node *node;
	int fd, ret;

	fd = op_node(fs, parent, &node);
	if (fd < 0) {
		op_reply(req, fd);
		return;
	}
	ret = op_entry(fs, fd, name, &entry);
	node_put(fs->nodes, node);
	if (ret == -ENOENT && entry.entry_timeout > 0)
		ret = 0;
	if (ret < 0)
		op_reply(req, ret);
	else if (fuse_reply_entry(req, &entry) == -ENOENT && entry.ino)
		node_forget(fs->nodes, entry.ino, 1);
}

void op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t nlookup)
{
	node_forget(op_filesystem(req)->nodes, ino, nlookup);
	fuse_reply_none(req);
}

void op_forget_multi(fuse_req_t req, size_t count,
		     struct fuse_forget_data *forgets)
{
	struct filesystem *fs = op_filesystem(req);
	size_t i;

	for (i = 0; i < count; i++)
		node_forget(fs->nodes, forgets[i].ino, forgets[i].nlookup);
	fuse_reply_none(req);
}

void op_reply_attributes(fuse_req_t req, int fd)
{
	const struct filesystem *fs = op_filesystem(req);
	struct lkl_statx st;
	struct stat attr;
	int ret = op_attributes(fd, &st);

	if (ret < 0) {
		op_reply(req, ret);
		return;
	}
	op_fill_attributes(fs, &st, &attr);
	fuse_reply_attr(req, &attr, fs->caching.attr_timeout);
}

void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct filesystem *fs = op_filesystem(req);
	struct node *node;
	int fd;

	(void)fi;
	fd = op_node(fs, ino, &node);
	if (fd < 0) {
		op_reply(req, fd);
		return;
	}
	op_reply_attributes(req, fd);
	node_put(fs->nodes, node);
}

void op_statfs(fuse_req_t req, fuse_ino_t ino)
{
	const struct filesystem *fs = op_filesystem(req);
	struct statvfs out = { 0 };
	struct lkl_statfs in;
	long ret;

	(void)ino;
	ret = lkl_sys_fstatfs((unsigned int)fs->root_fd, &in);
	if (ret < 0) {
		op_reply(req, ret);
		return;
	}
	out.f_bsize = (unsigned long)in.f_bsize;
	out.f_frsize = (unsigned long)(in.f_frsize ? in.f_frsize : in.f_bsize);
	out.f_blocks = (fsblkcnt_t)in.f_blocks;
	out.f_bfree = (fsblkcnt_t)in.f_bfree;
	out.f_bavail = (fsblkcnt_t)in.f_bavail;
	out.f_files = (fsfilcnt_t)in.f_files;
	out.f_ffree = (fsfilcnt_t)in.f_ffree;
	out.f_favail = (fsfilcnt_t)in.f_ffree;
	out.f_namemax = (unsigned long)in.f_namelen;
	fuse_reply_statfs(req, &out);
}

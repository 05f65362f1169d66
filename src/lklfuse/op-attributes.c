// SPDX-License-Identifier: GPL-2.0-only
/*
 * op-attributes.c - lookup, forget, stat, chmod, chown, truncate, utimes,
 * statfs.
 */
#include "operations.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

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
	struct node *node = node_get(fs->nodes, ino);
	int fd;

	if (!node)
		return -ESTALE;
	fd = node_fd(fs->nodes, node);
	if (fd < 0)
		node_put(fs->nodes, node);
	else
		*ret_node = node;
	return fd;
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

static void reply_attributes(fuse_req_t req, int fd)
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
	reply_attributes(req, fd);
	node_put(fs->nodes, node);
}

/* ---- Setting ---- */

static long set_owner(struct filesystem *fs, int fd, const struct stat *attr,
		      int to_set)
{
	lkl_uid_t uid = (lkl_uid_t)-1;
	lkl_gid_t gid = (lkl_gid_t)-1;
	struct lkl_statx st;
	long ret;

	if (to_set & FUSE_SET_ATTR_UID)
		uid = owner_to_image(&fs->owners.users, attr->st_uid);
	if (to_set & FUSE_SET_ATTR_GID)
		gid = owner_to_image(&fs->owners.groups, attr->st_gid);
	if (owners_change(&fs->owners)) {
		ret = op_attributes(fd, &st);
		if (ret < 0)
			return ret;
		/* Several are shown as one: giving it to that one is none. */
		if (owner_to_host(&fs->owners.users, st.stx_uid) ==
		    attr->st_uid)
			uid = (lkl_uid_t)-1;
		if (owner_to_host(&fs->owners.groups, st.stx_gid) ==
		    attr->st_gid)
			gid = (lkl_gid_t)-1;
	}
	return lkl_sys_fchownat(fd, "", uid, gid, LKL_AT_EMPTY_PATH);
}

static long set_size(struct filesystem *fs, struct node *node, off_t size,
		     const struct fuse_file_info *fi)
{
	long fd, ret;

	if (fi)
		return lkl_sys_ftruncate((unsigned int)op_file(fi)->fd, size);
	fd = node_open(fs->nodes, node, LKL_O_WRONLY | LKL_O_NONBLOCK |
		       LKL_O_LARGEFILE | LKL_O_CLOEXEC);
	if (fd < 0)
		return fd;
	ret = lkl_sys_ftruncate((unsigned int)fd, size);
	lkl_sys_close((unsigned int)fd);
	return ret;
}

static struct lkl___kernel_timespec new_time(int to_set, int set, int now,
					     struct timespec time)
{
	struct lkl___kernel_timespec t = { .tv_nsec = UTIME_OMIT };

	if (to_set & now) {
		t.tv_nsec = UTIME_NOW;
	} else if (to_set & set) {
		t.tv_sec = time.tv_sec;
		t.tv_nsec = time.tv_nsec;
	}
	return t;
}

static long set_times(int fd, const struct stat *attr, int to_set)
{
	const struct lkl___kernel_timespec times[2] = {
		new_time(to_set, FUSE_SET_ATTR_ATIME, FUSE_SET_ATTR_ATIME_NOW,
			 attr->st_atim),
		new_time(to_set, FUSE_SET_ATTR_MTIME, FUSE_SET_ATTR_MTIME_NOW,
			 attr->st_mtim),
	};

	return lkl_sys_utimensat(fd, "", times, LKL_AT_EMPTY_PATH);
}

static long set_attributes(struct filesystem *fs, struct node *node, int fd,
			   const struct stat *attr, int to_set,
			   const struct fuse_file_info *fi)
{
	long ret = 0;

	if (to_set & (FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID))
		ret = set_owner(fs, fd, attr, to_set);
	/* Behind it: a change of owner takes bits away. */
	if (!ret && (to_set & FUSE_SET_ATTR_MODE))
		ret = lkl_sys_fchmodat2(fd, "", attr->st_mode & 07777,
					LKL_AT_EMPTY_PATH);
	if (!ret && (to_set & FUSE_SET_ATTR_SIZE))
		ret = set_size(fs, node, attr->st_size, fi);
	if (!ret && (to_set & (FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_MTIME)))
		ret = set_times(fd, attr, to_set);
	return ret;
}

void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
		struct fuse_file_info *fi)
{
	struct filesystem *fs = op_filesystem(req);
	struct node *node;
	long ret;
	int fd;

	fd = op_node(fs, ino, &node);
	if (fd < 0) {
		op_reply(req, fd);
		return;
	}
	/* The host flushes times on nobody's behalf: root it is. */
	ret = op_become_caller(req);
	if (!ret)
		ret = set_attributes(fs, node, fd, attr, to_set, fi);
	if (ret < 0)
		op_reply(req, ret);
	else
		reply_attributes(req, fd);
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

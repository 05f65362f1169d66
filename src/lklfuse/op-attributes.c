// SPDX-License-Identifier: GPL-2.0-only
/*
 * op-attributes.c - lookup, forget, getattr, setattr and statfs, and functions
 * that all operations share.
 */
#include "operations.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "common/cleanup.h"
#include "callers.h"
#include "device.h"

int op_errno(long ret)
{
	/* The kernel inside has panicked. */
	if (ret == -ENOTRECOVERABLE)
		return EIO;
	return (int)-ret;
}

void op_reply(fuse_req_t req, long ret)
{
	fuse_reply_err(req, ret < 0 ? op_errno(ret) : 0);
}

int op_get_inode_fd(struct filesystem *fs, fuse_ino_t ino,
		    struct inode **ret_inode)
{
	return inode_get_fd(fs->inodes, ino, ret_inode);
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

/* The id of a group that a user namespace does not map. */
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
		.st_ino = inode_user_number(fs->inodes, st),
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
				  INODE_STATX_MASK, ret_st);
}

int op_entry(struct filesystem *fs, int dirfd, const char *name,
	     struct fuse_entry_param *ret_entry)
{
	struct inode_name found;
	struct lkl_statx st;
	int ret = inode_lookup(fs->inodes, dirfd, name, &st, &found);

	if (ret < 0)
		return ret;
	*ret_entry = (struct fuse_entry_param){
		.ino = found.id,
		.generation = found.generation,
		.attr_timeout = fs->caching.attr_timeout,
		.entry_timeout = found.is_uncached ? 0 :
			fs->caching.entry_timeout,
	};
	op_fill_attributes(fs, &st, &ret_entry->attr);
	return 0;
}

int op_new_entry(struct filesystem *fs, int fd,
		 struct fuse_entry_param *ret_entry)
{
	int ret = op_entry(fs, fd, "", ret_entry);

	if (ret < 0)
		return ret;
	inode_note_xattr_absent(fs->inodes, ret_entry->ino, XATTR_CAPABILITY,
				inode_xattr_epoch(fs->inodes));
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
		inode_forget(fs->inodes, entry.ino, 1);
}

static int lookup_name(struct filesystem *fs, fuse_ino_t parent,
		       const char *name, struct fuse_entry_param *ret_entry)
{
	struct inode *inode;
	int fd, ret;

	fd = op_get_inode_fd(fs, parent, &inode);
	if (fd < 0)
		return fd;
	if (inode_is_uncached(fs->inodes, inode))
		ret_entry->entry_timeout = 0;
	ret = op_entry(fs, fd, name, ret_entry);
	inode_put(fs->inodes, inode);
	return ret;
}

/*
 * The host looks up "." to open a file by its handle.  The handle may come from
 * an earlier mount, and from whom nobody knows: the host has checked nothing.
 */
static int lookup_id(struct filesystem *fs, uint64_t id,
		     struct fuse_entry_param *ret_entry)
{
	int ret = identity_become_root(), fd;

	if (ret < 0)
		return ret;
	fd = inode_open_id(fs->inodes, id);
	if (fd < 0)
		return fd;
	ret = op_entry(fs, fd, "", ret_entry);
	lkl_sys_close((unsigned int)fd);
	if (!ret && ret_entry->ino != id) {
		inode_forget(fs->inodes, ret_entry->ino, 1);
		ret = -ESTALE;
	}
	return ret;
}

void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct filesystem *fs = op_filesystem(req);
	struct fuse_entry_param entry = {
		.entry_timeout = fs->caching.negative_timeout,
	};
	int ret;

	/* What is above the root is not part of the mount. */
	if (!strcmp(name, ".") ||
	    (parent == FUSE_ROOT_ID && !strcmp(name, "..")))
		ret = lookup_id(fs, parent, &entry);
	else
		ret = lookup_name(fs, parent, name, &entry);
	if (ret == -ENOENT && entry.entry_timeout > 0)
		ret = 0;
	if (ret < 0)
		op_reply(req, ret);
	else if (fuse_reply_entry(req, &entry) == -ENOENT && entry.ino)
		inode_forget(fs->inodes, entry.ino, 1);
}

void op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t nlookup)
{
	inode_forget(op_filesystem(req)->inodes, ino, nlookup);
	fuse_reply_none(req);
}

void op_forget_multi(fuse_req_t req, size_t count,
		     struct fuse_forget_data *forgets)
{
	struct filesystem *fs = op_filesystem(req);
	size_t i;

	for (i = 0; i < count; i++)
		inode_forget(fs->inodes, forgets[i].ino, forgets[i].nlookup);
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
	struct inode *inode;
	int fd;

	(void)fi;
	fd = op_get_inode_fd(fs, ino, &inode);
	if (fd < 0) {
		op_reply(req, fd);
		return;
	}
	op_reply_attributes(req, fd);
	inode_put(fs->inodes, inode);
}

void op_statfs(fuse_req_t req, fuse_ino_t ino)
{
	struct filesystem *fs = op_filesystem(req);
	struct statvfs out = { 0 };
	struct inode *inode;
	struct lkl_statfs in;
	long ret;

	ret = op_get_inode_fd(fs, ino, &inode);
	if (ret >= 0) {
		ret = lkl_sys_fstatfs((unsigned int)ret, &in);
		inode_put(fs->inodes, inode);
	}
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

/* ---- FUSE_SETATTR ---- */

static long setattr_owner(struct filesystem *fs, int fd,
			  const struct stat *attr, int to_set)
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
		/* The file is shown with this owner already: keep it. */
		if (owner_to_host(&fs->owners.users, st.stx_uid) ==
		    attr->st_uid)
			uid = (lkl_uid_t)-1;
		if (owner_to_host(&fs->owners.groups, st.stx_gid) ==
		    attr->st_gid)
			gid = (lkl_gid_t)-1;
	}
	return lkl_sys_fchownat(fd, "", uid, gid, LKL_AT_EMPTY_PATH);
}

static long setattr_size(struct filesystem *fs, struct inode *inode, off_t size,
			 const struct fuse_file_info *fi)
{
	long fd, ret;

	if (fi)
		return lkl_sys_ftruncate((unsigned int)op_file(fi)->fd, size);
	fd = inode_open(fs->inodes, inode,
			LKL_O_WRONLY | LKL_O_NONBLOCK | LKL_O_LARGEFILE |
				LKL_O_CLOEXEC);
	if (fd < 0)
		return fd;
	ret = lkl_sys_ftruncate((unsigned int)fd, size);
	lkl_sys_close((unsigned int)fd);
	return ret;
}

static struct lkl___kernel_timespec setattr_time(int to_set, int set, int now,
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

/* The host sends its own time, which differs a little from ours. */
static bool is_current_time(struct timespec t)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return t.tv_sec >= now.tv_sec - 1 && t.tv_sec <= now.tv_sec + 1;
}

static long setattr_times(int fd, const struct stat *attr, int to_set)
{
	const struct lkl___kernel_timespec times[2] = {
		setattr_time(to_set, FUSE_SET_ATTR_ATIME,
			     FUSE_SET_ATTR_ATIME_NOW, attr->st_atim),
		setattr_time(to_set, FUSE_SET_ATTR_MTIME,
			     FUSE_SET_ATTR_MTIME_NOW, attr->st_mtim),
	};

	long ret = lkl_sys_utimensat(fd, "", times, LKL_AT_EMPTY_PATH);

	/* The file may be append-only: then only "now" is allowed. */
	if (ret == -EPERM && (to_set & FUSE_SET_ATTR_ATIME_NOW) &&
	    is_current_time(attr->st_mtim))
		ret = lkl_sys_utimensat(fd, "", NULL, LKL_AT_EMPTY_PATH);
	return ret;
}

static long setattr_apply(struct filesystem *fs, struct inode *inode, int fd,
			  const struct stat *attr, int to_set,
			  const struct fuse_file_info *fi)
{
	long ret = 0;

	if (to_set & (FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID))
		ret = setattr_owner(fs, fd, attr, to_set);
	/* After the owner: changing that clears bits of the mode. */
	if (!ret && (to_set & FUSE_SET_ATTR_MODE))
		ret = lkl_sys_fchmodat2(fd, "", attr->st_mode & 07777,
					LKL_AT_EMPTY_PATH);
	if (!ret && (to_set & FUSE_SET_ATTR_SIZE))
		ret = setattr_size(fs, inode, attr->st_size, fi);
	if (!ret && (to_set & (FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_MTIME)))
		ret = setattr_times(fd, attr, to_set);
	return ret;
}

/*
 * Unlinking a file changes its ctime.  The host then sends the file's times at
 * once.  The kernel inside has set the ctime already, and nobody can read the
 * other times of an unlinked file later.  So the request can be skipped.
 */
static bool is_ctime_of_unlinked(struct filesystem *fs, struct inode *inode,
				 int fd, const struct stat *attr, int to_set)
{
	struct lkl_statx st;

	return !(to_set & ~(FUSE_SET_ATTR_MTIME | FUSE_SET_ATTR_CTIME)) &&
		inode_is_pinned(fs->inodes, inode) && !op_attributes(fd, &st) &&
		!st.stx_nlink && st.stx_mtime.tv_sec == attr->st_mtim.tv_sec &&
		st.stx_mtime.tv_nsec == attr->st_mtim.tv_nsec;
}

/* Whether the file has the setgid bit, but its group may not execute it. */
static bool has_sgid_without_exec(int fd, uint32_t *ret_gid)
{
	struct lkl_statx st;

	if (op_attributes(fd, &st) || !(st.stx_mode & LKL_S_ISGID) ||
	    (st.stx_mode & LKL_S_IXGRP))
		return false;
	*ret_gid = st.stx_gid;
	return true;
}

static bool caller_is_in_group(fuse_req_t req, uint32_t gid)
{
	cleanup_free uint32_t *groups = NULL;
	size_t n = 0, i;

	if (op_caller_groups(req, &groups, &n) < 0)
		return false;
	for (i = 0; i < n && groups[i] != gid; i++)
		;
	return i < n;
}

/*
 * A change of owner clears the setuid and setgid bits.  One exception the host
 * does not handle: a setgid bit without execute permission for the group stays
 * if the caller could set it, as root or as a member of the file's group.
 */
static void note_chown_kills_suid(fuse_req_t req, int fd, int to_set)
{
	uint32_t gid;

	if (!(to_set & (FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID)) ||
	    (to_set & FUSE_SET_ATTR_SIZE))
		return;
	device_self->kill_suid =
		(fuse_req_ctx(req)->uid || !op_filesystem(req)->privileged) &&
		!(has_sgid_without_exec(fd, &gid) &&
		  caller_is_in_group(req, gid));
}

void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
		struct fuse_file_info *fi)
{
	struct filesystem *fs = op_filesystem(req);
	struct inode *inode;
	long ret;
	int fd;

	fd = op_get_inode_fd(fs, ino, &inode);
	if (fd < 0) {
		op_reply(req, fd);
		return;
	}
	if (is_ctime_of_unlinked(fs, inode, fd, attr, to_set)) {
		ret = 0;
	} else {
		note_chown_kills_suid(req, fd, to_set);
		/* When the host flushes cached times, the caller is root. */
		ret = op_become_caller(req);
		if (!ret)
			ret = setattr_apply(fs, inode, fd, attr, to_set, fi);
	}
	if (ret < 0)
		op_reply(req, ret);
	else
		op_reply_attributes(req, fd);
	inode_put(fs->inodes, inode);
}

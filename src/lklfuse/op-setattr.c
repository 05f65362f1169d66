// SPDX-License-Identifier: GPL-2.0-only
/*
 * op-setattr.c - chmod, chown, truncate, utimes: one request for all.
 */
#include "operations.h"

#include <errno.h>
#include <sys/stat.h>
#include <time.h>

#include "common/cleanup.h"
#include "device.h"

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

/* The host tells its own, which is not quite ours. */
static bool is_now(struct timespec t)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return t.tv_sec >= now.tv_sec - 1 && t.tv_sec <= now.tv_sec + 1;
}

static long set_times(int fd, const struct stat *attr, int to_set)
{
	const struct lkl___kernel_timespec times[2] = {
		new_time(to_set, FUSE_SET_ATTR_ATIME, FUSE_SET_ATTR_ATIME_NOW,
			 attr->st_atim),
		new_time(to_set, FUSE_SET_ATTR_MTIME, FUSE_SET_ATTR_MTIME_NOW,
			 attr->st_mtim),
	};

	long ret = lkl_sys_utimensat(fd, "", times, LKL_AT_EMPTY_PATH);

	/* All times that are now may be set where none else may. */
	if (ret == -EPERM && (to_set & FUSE_SET_ATTR_ATIME_NOW) &&
	    is_now(attr->st_mtim))
		ret = lkl_sys_utimensat(fd, "", NULL, LKL_AT_EMPTY_PATH);
	return ret;
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

/*
 * A file that was removed has a new time of change, which the host has us
 * write at once, by way of the others that it keeps.  The kernel has done that
 * already; all that is there to do would be done to what nobody will read.
 */
static bool is_of_removed(struct filesystem *fs, struct node *node, int fd,
			  const struct stat *attr, int to_set)
{
	struct lkl_statx st;

	return !(to_set & ~(FUSE_SET_ATTR_MTIME | FUSE_SET_ATTR_CTIME)) &&
		node_is_pinned(fs->nodes, node) && !op_attributes(fd, &st) &&
		!st.stx_nlink && st.stx_mtime.tv_sec == attr->st_mtim.tv_sec &&
		st.stx_mtime.tv_nsec == attr->st_mtim.tv_nsec;
}

/* Whether it has a setgid bit that is none for executing it. */
static bool is_marked(int fd, uint32_t *ret_gid)
{
	struct lkl_statx st;

	if (op_attributes(fd, &st) || !(st.stx_mode & LKL_S_ISGID) ||
	    (st.stx_mode & LKL_S_IXGRP))
		return false;
	*ret_gid = st.stx_gid;
	return true;
}

static bool is_in_group(fuse_req_t req, uint32_t gid)
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
 * Giving a file away takes its bits, and the host says no more than that.  But
 * the setgid bit of what no group can execute stays if the caller might set
 * it: as root, or in the file's group.
 */
static void note_chown(fuse_req_t req, int fd, int to_set)
{
	uint32_t gid;

	if (!(to_set & (FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID)) ||
	    (to_set & FUSE_SET_ATTR_SIZE))
		return;
	device_self->kill_suid =
		(fuse_req_ctx(req)->uid || !op_filesystem(req)->privileged) &&
		!(is_marked(fd, &gid) && is_in_group(req, gid));
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
	if (is_of_removed(fs, node, fd, attr, to_set)) {
		ret = 0;
	} else {
		note_chown(req, fd, to_set);
		/* The host flushes times on nobody's behalf: root it is. */
		ret = op_become_caller(req);
		if (!ret)
			ret = set_attributes(fs, node, fd, attr, to_set, fi);
	}
	if (ret < 0)
		op_reply(req, ret);
	else
		op_reply_attributes(req, fd);
	node_put(fs->nodes, node);
}

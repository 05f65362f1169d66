// SPDX-License-Identifier: GPL-2.0-only
/*
 * op-xattr.c - extended attributes, including ACLs.
 *
 * The host checks who may read and write them, in all namespaces.  It does not
 * filter lists of names.
 */
#include "operations.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "device.h"

#define CAPABILITY	"security.capability"
#define ACL_PREFIX	"system.posix_acl_"
#define TRUSTED_PREFIX	"trusted."

/* The system calls refuse O_PATH descriptors, but follow /proc/self/fd. */
struct xattr_target {
	struct inode *inode;
	char path[16];
};

/*
 * Resolving /proc/self/fd takes longer than the rest of a call, so it becomes
 * the current directory of the thread.  Each thread has its own, see
 * identity_init(), and nothing else uses it.
 */
static int enter_proc_self_fd(void)
{
	static __thread bool there;
	long ret = 0;

	if (!there)
		ret = lkl_sys_chdir(FILESYSTEM_PROC "/self/fd");
	there = !ret;
	return (int)ret;
}

static int xattr_target_open(struct filesystem *fs, fuse_ino_t ino,
			     struct xattr_target *ret_target)
{
	int fd = enter_proc_self_fd();

	if (!fd)
		fd = op_get_inode_fd(fs, ino, &ret_target->inode);
	if (fd < 0)
		return fd;
	snprintf(ret_target->path, sizeof(ret_target->path), "%d", fd);
	return 0;
}

static bool has_prefix(const char *name, const char *prefix)
{
	return !strncmp(name, prefix, strlen(prefix));
}

/* Whether the value is an ACL whose ids are translated. */
static bool is_acl_translated(const struct filesystem *fs, const char *name)
{
	return owners_change(&fs->owners) && has_prefix(name, ACL_PREFIX);
}

/*
 * The absence of some attributes is cached, because they are asked for often:
 * by the host at the first write to a file, and at each path walk through the
 * root directory, whose ACL it never caches; by ls -l for each file.
 */
static unsigned int xattr_cache_bit(const char *name)
{
	if (!strcmp(name, CAPABILITY))
		return XATTR_CAPABILITY;
	if (!strcmp(name, ACL_PREFIX "access"))
		return XATTR_ACCESS_ACL;
	if (!strcmp(name, ACL_PREFIX "default"))
		return XATTR_DEFAULT_ACL;
	return 0;
}

/* Whether listxattr() names this attribute if the file has it. */
static bool is_always_listed(const struct filesystem *fs, const char *name)
{
	return fs->lists_xattrs && (has_prefix(name, "security.") ||
		has_prefix(name, "user.") || has_prefix(name, ACL_PREFIX));
}

/* Attributes that only root may touch, in the kernel inside as well. */
static bool is_for_root_only(const char *name)
{
	return has_prefix(name, TRUSTED_PREFIX) ||
		(has_prefix(name, "security.") && strcmp(name, CAPABILITY));
}

/* The host has checked permissions, so any caller will do. */
static int become_xattr_reader(const char *name)
{
	return is_for_root_only(name) ? identity_become_root()
				      : identity_become_any();
}

/* An attribute uses space, which counts against the caller's quota. */
static int become_xattr_writer(fuse_req_t req, const char *name)
{
	return is_for_root_only(name) ? identity_become_root()
				      : op_become_caller(req);
}

/* Like chmod() by a caller outside of the file's group. */
static long drop_sgid_for_acl(int fd_node, const char *path)
{
	struct lkl_statx st;
	long ret = op_attributes(fd_node, &st);

	if (!ret && (st.stx_mode & LKL_S_ISGID))
		ret = lkl_sys_fchmodat(LKL_AT_FDCWD, path,
				       st.stx_mode & 07777 & ~LKL_S_ISGID);
	return ret;
}

void op_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name,
		 const char *value, size_t size, int flags)
{
	struct filesystem *fs = op_filesystem(req);
	cleanup_free char *translated = NULL;
	struct xattr_target target;
	long ret;

	if (is_acl_translated(fs, name)) {
		translated = malloc(size + 1);
		if (!translated) {
			op_reply(req, -ENOMEM);
			return;
		}
		memcpy(translated, value, size);
		owners_acl_to_image(&fs->owners, translated, size);
		value = translated;
	}
	ret = xattr_target_open(fs, ino, &target);
	if (ret < 0) {
		op_reply(req, ret);
		return;
	}
	ret = become_xattr_writer(req, name);
	if (!ret && device_self->kill_acl_sgid)
		ret = drop_sgid_for_acl(inode_fd(fs->inodes, target.inode),
					target.path);
	if (!ret)
		ret = lkl_sys_setxattr(target.path, name, value, size, flags);
	inode_note_xattr_added(fs->inodes, ino,
			       xattr_cache_bit(name) | XATTR_ANY_LISTED);
	inode_put(fs->inodes, target.inode);
	op_reply(req, ret);
}

void op_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name,
		 size_t size)
{
	struct filesystem *fs = op_filesystem(req);
	unsigned int what = xattr_cache_bit(name);
	bool listed = is_always_listed(fs, name);
	struct xattr_target target;
	cleanup_free char *value = NULL;
	uint32_t gains;
	long ret;

	if (inode_lacks_xattr(fs->inodes, ino,
			      what | (listed ? XATTR_ANY_LISTED : 0))) {
		op_reply(req, -ENODATA);
		return;
	}
	gains = inode_xattr_epoch(fs->inodes);
	if (size) {
		value = malloc(size);
		if (!value) {
			op_reply(req, -ENOMEM);
			return;
		}
	}
	ret = xattr_target_open(fs, ino, &target);
	if (ret < 0) {
		op_reply(req, ret);
		return;
	}
	ret = become_xattr_reader(name);
	if (!ret && listed && !lkl_sys_listxattr(target.path, NULL, 0)) {
		what |= XATTR_ANY_LISTED;
		ret = -ENODATA;
	}
	if (!ret)
		ret = lkl_sys_getxattr(target.path, name, value, size);
	/*
	 * On file systems without ACLs: with another error, the host would
	 * refuse all callers that are not the owner.
	 */
	if (ret == -EOPNOTSUPP && has_prefix(name, ACL_PREFIX))
		ret = -ENODATA;
	if (what && ret == -ENODATA)
		inode_note_xattr_absent(fs->inodes, ino, what, gains);
	inode_put(fs->inodes, target.inode);
	if (ret < 0) {
		op_reply(req, ret);
	} else if (!size) {
		fuse_reply_xattr(req, (size_t)ret);
	} else {
		if (is_acl_translated(fs, name))
			owners_acl_to_host(&fs->owners, value, (size_t)ret);
		fuse_reply_buf(req, value, (size_t)ret);
	}
}

/* Removes names that only root may see.  Returns the new length. */
static size_t list_remove_trusted(char *list, size_t len)
{
	char *from = list, *to = list, *end = list + len;
	size_t n;

	for (; from < end; from += n) {
		n = strnlen(from, (size_t)(end - from));
		n += from + n < end;	/* the null byte */
		if (has_prefix(from, TRUSTED_PREFIX))
			continue;
		memmove(to, from, n);
		to += n;
	}
	return (size_t)(to - list);
}

void op_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size)
{
	struct filesystem *fs = op_filesystem(req);
	cleanup_free char *list = malloc(LKL_XATTR_LIST_MAX);
	struct xattr_target target;
	size_t len;
	long ret;

	if (!list) {
		op_reply(req, -ENOMEM);
		return;
	}
	ret = xattr_target_open(fs, ino, &target);
	if (ret < 0) {
		op_reply(req, ret);
		return;
	}
	ret = identity_become_root();
	if (!ret)
		ret = lkl_sys_listxattr(target.path, list, LKL_XATTR_LIST_MAX);
	inode_put(fs->inodes, target.inode);
	if (ret < 0) {
		op_reply(req, ret);
		return;
	}
	len = (size_t)ret;
	if (fuse_req_ctx(req)->uid || !fs->privileged)
		len = list_remove_trusted(list, len);
	if (!size)
		fuse_reply_xattr(req, len);
	else if (len > size)
		op_reply(req, -ERANGE);
	else
		fuse_reply_buf(req, list, len);
}

void op_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name)
{
	struct filesystem *fs = op_filesystem(req);
	struct xattr_target target;
	long ret;

	ret = xattr_target_open(fs, ino, &target);
	if (ret < 0) {
		op_reply(req, ret);
		return;
	}
	ret = become_xattr_writer(req, name);
	if (!ret)
		ret = lkl_sys_removexattr(target.path, name);
	inode_put(fs->inodes, target.inode);
	op_reply(req, ret);
}

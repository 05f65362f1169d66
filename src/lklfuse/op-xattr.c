// SPDX-License-Identifier: GPL-2.0-only
/*
 * op-xattr.c - extended attributes, ACLs among them.
 *
 * Who may read and write which is checked by the host, for all namespaces;
 * but it passes lists on as they are.
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

/* These calls take no O_PATH descriptors, but paths to what they lead to. */
struct xattr_target {
	struct node *node;
	char path[16];
};

/*
 * Walking there takes longer than the rest of a call: do it once.  The current
 * directory is the thread's own, see identity_init(), and nobody else's need.
 */
static int go_there(void)
{
	static __thread bool there;
	long ret = 0;

	if (!there)
		ret = lkl_sys_chdir(FILESYSTEM_PROC "/self/fd");
	there = !ret;
	return (int)ret;
}

static int find_target(struct filesystem *fs, fuse_ino_t ino,
		       struct xattr_target *ret_target)
{
	int fd = go_there();

	if (!fd)
		fd = op_node(fs, ino, &ret_target->node);
	if (fd < 0)
		return fd;
	snprintf(ret_target->path, sizeof(ret_target->path), "%d", fd);
	return 0;
}

static bool has_prefix(const char *name, const char *prefix)
{
	return !strncmp(name, prefix, strlen(prefix));
}

/* Owners in ACLs that the host is shown others of. */
static bool is_translated(const struct filesystem *fs, const char *name)
{
	return owners_change(&fs->owners) && has_prefix(name, ACL_PREFIX);
}

/*
 * What the host asks for again and again: at the first write to a file, and
 * at each step of a path through the root directory, whose ACL it never
 * caches; and ls -l, for two attributes of each file.
 */
static unsigned int what_is(const char *name)
{
	if (!strcmp(name, CAPABILITY))
		return NODE_CAPABILITY;
	if (!strcmp(name, ACL_PREFIX "access"))
		return NODE_ACCESS_ACL;
	if (!strcmp(name, ACL_PREFIX "default"))
		return NODE_DEFAULT_ACL;
	return 0;
}

/* Whether it is in every list of names, if it is there. */
static bool is_listed(const struct filesystem *fs, const char *name)
{
	return fs->lists_attributes && (has_prefix(name, "security.") ||
		has_prefix(name, "user.") || has_prefix(name, ACL_PREFIX));
}

/* What is administrators' inside as well. */
static bool is_roots(const char *name)
{
	return has_prefix(name, TRUSTED_PREFIX) ||
		(has_prefix(name, "security.") && strcmp(name, CAPABILITY));
}

/* What the host has checked needs no particular caller. */
static int become_reader(const char *name)
{
	return is_roots(name) ? identity_become_root() : identity_become_any();
}

/* But it takes space, which is somebody's. */
static int become_writer(fuse_req_t req, const char *name)
{
	return is_roots(name) ? identity_become_root() : op_become_caller(req);
}

/* The caller is not in the file's group: as chmod() would do it. */
static long drop_sgid(int fd_node, const char *path)
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

	if (is_translated(fs, name)) {
		translated = malloc(size + 1);
		if (!translated) {
			op_reply(req, -ENOMEM);
			return;
		}
		memcpy(translated, value, size);
		owners_acl_to_image(&fs->owners, translated, size);
		value = translated;
	}
	ret = find_target(fs, ino, &target);
	if (ret < 0) {
		op_reply(req, ret);
		return;
	}
	ret = become_writer(req, name);
	if (!ret && device_self->kill_acl_sgid)
		ret = drop_sgid(node_fd(fs->nodes, target.node), target.path);
	if (!ret)
		ret = lkl_sys_setxattr(target.path, name, value, size, flags);
	node_note_gain(fs->nodes, ino, what_is(name) | NODE_ANYTHING);
	node_put(fs->nodes, target.node);
	op_reply(req, ret);
}

void op_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name,
		 size_t size)
{
	struct filesystem *fs = op_filesystem(req);
	unsigned int what = what_is(name);
	bool listed = is_listed(fs, name);
	struct xattr_target target;
	cleanup_free char *value = NULL;
	uint32_t gains;
	long ret;

	if (node_lacks(fs->nodes, ino, what | (listed ? NODE_ANYTHING : 0))) {
		op_reply(req, -ENODATA);
		return;
	}
	gains = nodes_gains(fs->nodes);
	if (size) {
		value = malloc(size);
		if (!value) {
			op_reply(req, -ENOMEM);
			return;
		}
	}
	ret = find_target(fs, ino, &target);
	if (ret < 0) {
		op_reply(req, ret);
		return;
	}
	ret = become_reader(name);
	if (!ret && listed && !lkl_sys_listxattr(target.path, NULL, 0)) {
		what |= NODE_ANYTHING;
		ret = -ENODATA;
	}
	if (!ret)
		ret = lkl_sys_getxattr(target.path, name, value, size);
	/* The host refuses whom an ACL could have allowed if it gets another
	 * error, on file systems that have none. */
	if (ret == -EOPNOTSUPP && has_prefix(name, ACL_PREFIX))
		ret = -ENODATA;
	if (what && ret == -ENODATA)
		node_note_lack(fs->nodes, ino, what, gains);
	node_put(fs->nodes, target.node);
	if (ret < 0) {
		op_reply(req, ret);
	} else if (!size) {
		fuse_reply_xattr(req, (size_t)ret);
	} else {
		if (is_translated(fs, name))
			owners_acl_to_host(&fs->owners, value, (size_t)ret);
		fuse_reply_buf(req, value, (size_t)ret);
	}
}

/* Names that only root is shown; returns the new length. */
static size_t remove_trusted(char *list, size_t len)
{
	char *from = list, *to = list, *end = list + len;
	size_t n;

	for (; from < end; from += n) {
		n = strnlen(from, (size_t)(end - from));
		n += from + n < end;	/* the terminator */
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
	ret = find_target(fs, ino, &target);
	if (ret < 0) {
		op_reply(req, ret);
		return;
	}
	ret = identity_become_root();
	if (!ret)
		ret = lkl_sys_listxattr(target.path, list, LKL_XATTR_LIST_MAX);
	node_put(fs->nodes, target.node);
	if (ret < 0) {
		op_reply(req, ret);
		return;
	}
	len = (size_t)ret;
	if (fuse_req_ctx(req)->uid || !fs->privileged)
		len = remove_trusted(list, len);
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

	ret = find_target(fs, ino, &target);
	if (ret < 0) {
		op_reply(req, ret);
		return;
	}
	ret = become_writer(req, name);
	if (!ret)
		ret = lkl_sys_removexattr(target.path, name);
	node_put(fs->nodes, target.node);
	op_reply(req, ret);
}

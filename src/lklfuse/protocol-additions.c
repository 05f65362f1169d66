// SPDX-License-Identifier: GPL-2.0-only
/*
 * protocol-additions.c - parts of the FUSE protocol that libfuse 3.14 does not
 * know.
 *
 * - FUSE_INTERRUPT goes to interrupts.c; libfuse would keep it for a function
 *   that the operations do not have.
 * - FUSE_TMPFILE (O_TMPFILE) and FUSE_STATX (time of birth) are answered here.
 * - FUSE_HANDLE_KILLPRIV_V2 and FUSE_SETXATTR_EXT add flags to requests.  They
 *   are copied to struct device, and the longer FUSE_SETXATTR is shortened to
 *   the form that libfuse expects.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "protocol-additions.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>

#include "device.h"
#include "interrupts.h"
#include "operations.h"

void protocol_reply(struct device *self, int error, const void *data,
		    size_t size)
{
	struct lkl_fuse_out_header header = {
		.len = (uint32_t)(sizeof(header) + (error ? 0 : size)),
		.error = -error,
		.unique = device_request(self)->unique,
	};
	struct iovec iov[2] = {
		{ &header, sizeof(header) },
		{ (void *)data, size },
	};

	/* This fails only if nobody waits for the reply any more. */
	if (device_reply(self, iov, error ? 1 : 2) < 0)
		return;
}

static void reply_tmpfile(struct filesystem *fs, struct device *self,
			  size_t len)
{
	const struct lkl_fuse_create_in *in;
	struct {
		struct lkl_fuse_entry_out entry;
		struct lkl_fuse_open_out open;
	} out = { 0 };
	int error = EINVAL;

	in = device_arguments(self, len, sizeof(*in));
	if (in)
		op_tmpfile(fs, device_request(self), in, &out.entry, &out.open,
			   &error);
	protocol_reply(self, error, &out, sizeof(out));
}

static struct lkl_fuse_sx_time statx_time(struct lkl_statx_timestamp t)
{
	return (struct lkl_fuse_sx_time){
		.tv_sec = t.tv_sec,
		.tv_nsec = t.tv_nsec,
	};
}

static void reply_statx(struct filesystem *fs, struct device *self)
{
	struct lkl_fuse_statx_out out = { 0 };
	struct lkl_fuse_statx *sx = &out.stat;
	struct lkl_statx st;
	struct inode *inode;
	long ret;

	ret = op_get_inode_fd(fs, device_request(self)->nodeid, &inode);
	if (ret < 0) {
		protocol_reply(self, op_errno(ret), NULL, 0);
		return;
	}
	ret = op_attributes((int)ret, &st);
	inode_put(fs->inodes, inode);
	if (ret < 0) {
		protocol_reply(self, op_errno(ret), NULL, 0);
		return;
	}
	out.attr_valid = (uint64_t)fs->caching.attr_timeout;
	sx->mask = st.stx_mask & (LKL_STATX_BASIC_STATS | LKL_STATX_BTIME);
	sx->blksize = st.stx_blksize;
	sx->attributes = st.stx_attributes;
	sx->attributes_mask = st.stx_attributes_mask;
	sx->nlink = st.stx_nlink;
	sx->uid = owner_to_host(&fs->owners.users, st.stx_uid);
	sx->gid = owner_to_host(&fs->owners.groups, st.stx_gid);
	sx->mode = st.stx_mode;
	sx->ino = inode_user_number(fs->inodes, &st);
	sx->size = st.stx_size;
	sx->blocks = st.stx_blocks;
	sx->atime = statx_time(st.stx_atime);
	sx->btime = statx_time(st.stx_btime);
	sx->ctime = statx_time(st.stx_ctime);
	sx->mtime = statx_time(st.stx_mtime);
	sx->rdev_major = st.stx_rdev_major;
	sx->rdev_minor = st.stx_rdev_minor;
	protocol_reply(self, 0, &out, sizeof(out));
}

/* Remove the additional fields.  Returns the request's new length. */
static size_t strip_setxattr_extension(struct device *self, size_t len)
{
	const size_t extra = sizeof(struct lkl_fuse_setxattr_in) -
			     LKL_FUSE_COMPAT_SETXATTR_IN_SIZE;
	struct lkl_fuse_setxattr_in *in =
		device_arguments(self, len, sizeof(*in));
	char *rest;

	if (!in)
		return len;
	self->kill_acl_sgid = in->setxattr_flags &
			      LKL_FUSE_SETXATTR_ACL_KILL_SGID;
	rest = (char *)in + sizeof(*in);
	memmove(rest - extra, rest, (size_t)(self->buf + len - rest));
	((struct lkl_fuse_in_header *)(void *)self->buf)->len -=
		(uint32_t)extra;
	return len - extra;
}

/* Flags that libfuse reads, but does not pass on. */
static void note_kill_flags(struct device *self, size_t len)
{
	const struct lkl_fuse_write_in *write;
	const struct lkl_fuse_setattr_in *setattr;
	const struct lkl_fuse_create_in *create;
	const struct lkl_fuse_open_in *open;

	switch (device_request(self)->opcode) {
	case LKL_FUSE_WRITE:
		write = device_arguments(self, len, sizeof(*write));
		if (!write)
			return;
		self->kill_suid = write->write_flags &
				  LKL_FUSE_WRITE_KILL_SUIDGID;
		self->writepage = write->write_flags & LKL_FUSE_WRITE_CACHE;
		return;
	case LKL_FUSE_SETATTR:
		setattr = device_arguments(self, len, sizeof(*setattr));
		self->kill_suid = setattr &&
				  (setattr->valid & LKL_FATTR_KILL_SUIDGID);
		return;
	case LKL_FUSE_OPEN:
		open = device_arguments(self, len, sizeof(*open));
		self->kill_suid = open && (open->open_flags &
					   LKL_FUSE_OPEN_KILL_SUIDGID);
		return;
	case LKL_FUSE_CREATE:
		create = device_arguments(self, len, sizeof(*create));
		self->kill_suid = create && (create->open_flags &
					     LKL_FUSE_OPEN_KILL_SUIDGID);
		return;
	}
}

bool protocol_handle_request(struct filesystem *fs, struct device *self,
			     bool long_setxattr, size_t *len)
{
	const struct lkl_fuse_interrupt_in *interrupt;

	switch (device_request(self)->opcode) {
	case LKL_FUSE_TMPFILE:
		reply_tmpfile(fs, self, *len);
		return true;
	case LKL_FUSE_STATX:
		reply_statx(fs, self);
		return true;
	case LKL_FUSE_INTERRUPT:
		interrupt = device_arguments(self, *len, sizeof(*interrupt));
		if (interrupt)
			interrupts_note(interrupt->unique);
		return true;
	case LKL_FUSE_SETXATTR:
		if (long_setxattr)
			*len = strip_setxattr_extension(self, *len);
		return false;
	}
	note_kill_flags(self, *len);
	return false;
}

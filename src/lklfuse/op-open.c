// SPDX-License-Identifier: GPL-2.0-only
/*
 * op-open.c - opening, creating and closing files.
 *
 * A file is opened with the host's flags, with some changes:
 *
 * - The host caches writes.  To fill a page it may read, even if the file is
 *   open for writing only, so O_WRONLY becomes O_RDWR.  The host knows where
 *   to append, so O_APPEND is dropped.
 * - O_DIRECT is dropped: the host passes such requests on at once.  Whether
 *   they go through the page cache inside is decided in op-data.c.
 * - O_SYNC and O_DSYNC are dropped unless the file has O_DIRECT: for cached
 *   writes the host sends FUSE_FSYNC.
 *
 * The host must not cache an append-only file: it writes back whole pages, with
 * old data in them.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "operations.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "device.h"

/* On some hosts, such as arm64, other flags have other bits than inside. */
static int image_open_flags(const struct filesystem *fs, int flags)
{
	int kept = O_ACCMODE | O_TRUNC | O_NONBLOCK;

	if (flags & O_DIRECT)
		kept |= O_SYNC;		/* includes O_DSYNC */
	if (fs->caching.writeback && (flags & O_ACCMODE) == O_WRONLY)
		flags = (flags & ~O_ACCMODE) | O_RDWR;
	return (flags & kept) | LKL_O_LARGEFILE | LKL_O_CLOEXEC;
}

static bool opens_for_writing(int flags)
{
	return (flags & O_ACCMODE) != O_RDONLY;
}

/* @uid, @gid: the caller's, as the host knows them. */
static struct open_file *open_file_new(const struct filesystem *fs, int fd,
				       bool direct, uint32_t uid, uint32_t gid)
{
	struct open_file *file = malloc(sizeof(*file));

	if (file)
		*file = (struct open_file){
			.fd = fd,
			.direct = direct,
			.other_fd = -1,
			.not_direct = atomic_load(&fs->no_direct),
			.uid = owner_to_image(&fs->owners.users, uid),
			.gid = owner_to_image(&fs->owners.groups, gid),
		};
	return file;
}

static void open_file_free(struct filesystem *fs, uint64_t id,
			   struct open_file *file, int flags)
{
	if (opens_for_writing(flags))
		inode_count_writers(fs->inodes, id, -1);
	if (atomic_load(&file->other_fd) >= 0)
		lkl_sys_close((unsigned int)atomic_load(&file->other_fd));
	lkl_sys_close((unsigned int)file->fd);
	free(file);
}

/* Fill in @fi for a file that was opened; NULL if there is no memory. */
static struct open_file *open_file_register(fuse_req_t req, uint64_t id, int fd,
					    bool direct,
					    struct fuse_file_info *fi)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(req);
	struct filesystem *fs = op_filesystem(req);
	struct open_file *file = open_file_new(fs, fd, direct, ctx->uid,
					       ctx->gid);

	if (!file)
		return NULL;
	fi->fh = (uintptr_t)file;
	fi->keep_cache = fs->caching.keep_data;
	if (opens_for_writing(fi->flags))
		inode_count_writers(fs->inodes, id, 1);
	return file;
}

/* Uses O_DIRECT if the file is only read and the file system supports it. */
static int open_inode_direct(struct filesystem *fs, struct inode *inode,
			     int flags, bool *ret_direct)
{
	int fd;

	*ret_direct = !opens_for_writing(flags) && device_self->kernel_buffers &&
		      !atomic_load(&fs->no_direct);
	if (!*ret_direct)
		return inode_open(fs->inodes, inode, flags);
	fd = inode_open(fs->inodes, inode, flags | LKL_O_DIRECT);
	if (fd != -EINVAL)
		return fd;
	*ret_direct = false;
	fd = inode_open(fs->inodes, inode, flags);
	if (fd >= 0)
		atomic_store(&fs->no_direct, true);
	return fd;
}

void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct filesystem *fs = op_filesystem(req);
	int flags = image_open_flags(fs, fi->flags), fd;
	bool append = false, direct = false;
	struct open_file *file;
	struct inode *inode;

	inode = inode_get(fs->inodes, ino);
	if (!inode) {
		op_reply(req, -ESTALE);
		return;
	}
	fd = op_become_caller(req);
	if (!fd)
		fd = open_inode_direct(fs, inode, flags, &direct);
	if (fd == -EPERM && (fi->flags & O_APPEND)) {
		append = true;
		fd = inode_open(fs->inodes, inode, flags | LKL_O_APPEND);
	}
	inode_put(fs->inodes, inode);
	if (fd < 0) {
		op_reply(req, fd);
		return;
	}
	file = open_file_register(req, ino, fd, direct, fi);
	if (!file) {
		lkl_sys_close((unsigned int)fd);
		op_reply(req, -ENOMEM);
		return;
	}

	file->append = append;
	fi->direct_io = append;
	if (fuse_reply_open(req, fi) == -ENOENT)
		open_file_free(fs, ino, file, fi->flags);
}

void op_create(fuse_req_t req, fuse_ino_t parent, const char *name,
	       mode_t mode, struct fuse_file_info *fi)
{
	struct filesystem *fs = op_filesystem(req);
	int flags = image_open_flags(fs, fi->flags) | LKL_O_CREAT |
		    LKL_O_NOFOLLOW | (fi->flags & O_EXCL);
	struct fuse_entry_param entry;
	struct open_file *file;
	struct inode *inode;
	int ret, fd;

	ret = op_get_inode_fd(fs, parent, &inode);
	if (ret < 0) {
		op_reply(req, ret);
		return;
	}
	fd = op_become_creator(req);
	if (!fd)
		fd = (int)lkl_sys_openat(ret, name, flags, (lkl_umode_t)mode);
	inode_put(fs->inodes, inode);
	if (fd < 0) {
		op_reply(req, fd);
		return;
	}
	ret = op_new_entry(fs, fd, &entry);
	file = ret < 0 ? NULL
		       : open_file_register(req, entry.ino, fd, false, fi);
	if (!file) {
		lkl_sys_close((unsigned int)fd);
		if (!ret)
			inode_forget(fs->inodes, entry.ino, 1);
		op_reply(req, ret < 0 ? ret : -ENOMEM);
		return;
	}
	if (fuse_reply_create(req, &entry, fi) == -ENOENT) {
		open_file_free(fs, entry.ino, file, fi->flags);
		inode_forget(fs->inodes, entry.ino, 1);
	}
}

static void fill_fuse_attr(const struct stat *st, struct lkl_fuse_attr *attr)
{
	attr->ino = st->st_ino;
	attr->mode = st->st_mode;
	attr->nlink = (uint32_t)st->st_nlink;
	attr->uid = st->st_uid;
	attr->gid = st->st_gid;
	attr->size = (uint64_t)st->st_size;
	attr->blksize = (uint32_t)st->st_blksize;
	attr->blocks = (uint64_t)st->st_blocks;
	attr->atime = (uint64_t)st->st_atim.tv_sec;
	attr->mtime = (uint64_t)st->st_mtim.tv_sec;
	attr->ctime = (uint64_t)st->st_ctim.tv_sec;
	attr->atimensec = (uint32_t)st->st_atim.tv_nsec;
	attr->mtimensec = (uint32_t)st->st_mtim.tv_nsec;
	attr->ctimensec = (uint32_t)st->st_ctim.tv_nsec;
}

static int open_tmpfile(struct filesystem *fs,
			const struct lkl_fuse_in_header *in,
			const struct lkl_fuse_create_in *request)
{
	const struct identity identity = {
		.uid = owner_to_image(&fs->owners.users, in->uid),
		.gid = owner_to_image(&fs->owners.groups, in->gid),
	};
	int flags = image_open_flags(fs, (int)request->flags) |
		    ((int)request->flags & O_EXCL) | LKL_O_TMPFILE;
	struct inode *inode;
	int dirfd, fd;

	dirfd = op_get_inode_fd(fs, in->nodeid, &inode);
	if (dirfd < 0)
		return dirfd;
	identity_umask(request->umask);
	fd = identity_become(&identity);
	if (!fd)
		fd = (int)lkl_sys_openat(dirfd, ".", flags,
					 (lkl_umode_t)request->mode);
	inode_put(fs->inodes, inode);
	return fd;
}

void op_tmpfile(struct filesystem *fs, const struct lkl_fuse_in_header *in,
		const struct lkl_fuse_create_in *request,
		struct lkl_fuse_entry_out *ret_entry,
		struct lkl_fuse_open_out *ret_open, int *ret_error)
{
	struct fuse_entry_param entry;
	struct open_file *file;
	int fd, ret;

	fd = open_tmpfile(fs, in, request);
	if (fd < 0) {
		*ret_error = op_errno(fd);
		return;
	}
	file = open_file_new(fs, fd, false, in->uid, in->gid);
	ret = file ? op_new_entry(fs, fd, &entry) : -ENOMEM;
	if (ret < 0) {
		free(file);
		lkl_sys_close((unsigned int)fd);
		*ret_error = op_errno(ret);
		return;
	}
	if (opens_for_writing((int)request->flags))
		inode_count_writers(fs->inodes, entry.ino, 1);
	*ret_entry = (struct lkl_fuse_entry_out){
		.nodeid = entry.ino,
		.generation = entry.generation,
		.entry_valid = (uint64_t)entry.entry_timeout,
		.attr_valid = (uint64_t)entry.attr_timeout,
	};
	fill_fuse_attr(&entry.attr, &ret_entry->attr);
	*ret_open = (struct lkl_fuse_open_out){
		.fh = (uintptr_t)file,
		.open_flags = fs->caching.keep_data ? LKL_FOPEN_KEEP_CACHE : 0,
	};
	*ret_error = 0;
}

void op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	open_file_free(op_filesystem(req), ino, op_file(fi), fi->flags);
	op_reply(req, 0);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * op-open.c - opening and closing files.
 *
 * A file is opened as the host opened it, but:
 *
 * - The host caches writes: to complete a page it reads, even if the file was
 *   opened for writing only, and it knows itself where to append.
 * - O_DIRECT is left to the host, which passes such requests on at once; here
 *   they go through the kernel's page cache, or not, as all do (op-direct.c).
 * - O_SYNC and O_DSYNC end in an fsync of the host's where it caches.
 *
 * Files that may only be appended to cannot be cached by the host: it writes
 * whole pages, old data included.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "operations.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "device.h"

static int kernel_flags(const struct filesystem *fs, int flags)
{
	int unwanted = O_CREAT | O_EXCL | O_NOCTTY | O_APPEND | O_DIRECT |
		       O_NOATIME | O_NOFOLLOW;

	if (!(flags & O_DIRECT))
		unwanted |= O_SYNC;	/* O_DSYNC is a bit of it */
	if (fs->caching.writeback && (flags & O_ACCMODE) == O_WRONLY)
		flags = (flags & ~O_ACCMODE) | O_RDWR;
	return (flags & ~unwanted) | LKL_O_LARGEFILE | LKL_O_CLOEXEC;
}

static bool may_write(int flags)
{
	return (flags & O_ACCMODE) != O_RDONLY;
}

static struct open_file *new_file(fuse_req_t req, int fd, bool direct)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(req);
	const struct filesystem *fs = op_filesystem(req);
	struct open_file *file = malloc(sizeof(*file));

	if (file)
		*file = (struct open_file){
			.fd = fd,
			.direct = direct,
			.other_fd = -1,
			.not_direct = atomic_load(&fs->no_direct),
			.uid = owner_to_image(&fs->owners.users, ctx->uid),
			.gid = owner_to_image(&fs->owners.groups, ctx->gid),
		};
	return file;
}

static void free_file(struct filesystem *fs, uint64_t id,
		      struct open_file *file, int flags)
{
	if (may_write(flags))
		node_count_writers(fs->nodes, id, -1);
	if (atomic_load(&file->other_fd) >= 0)
		lkl_sys_close((unsigned int)atomic_load(&file->other_fd));
	lkl_sys_close((unsigned int)file->fd);
	free(file);
}

/* Fill in the host's part for a file that was opened, or NULL. */
static struct open_file *give_file(fuse_req_t req, uint64_t id, int fd,
				   bool direct, struct fuse_file_info *fi)
{
	struct filesystem *fs = op_filesystem(req);
	struct open_file *file = new_file(req, fd, direct);

	if (!file)
		return NULL;
	fi->fh = (uintptr_t)file;
	fi->keep_cache = fs->caching.keep_data;
	if (may_write(fi->flags))
		node_count_writers(fs->nodes, id, 1);
	return file;
}

/* For direct I/O if it is only read and the file system can. */
static int open_node(struct filesystem *fs, struct node *node, int flags,
		     bool *ret_direct)
{
	int fd;

	*ret_direct = !may_write(flags) && device_self->lent &&
		      !atomic_load(&fs->no_direct);
	if (!*ret_direct)
		return node_open(fs->nodes, node, flags);
	fd = node_open(fs->nodes, node, flags | LKL_O_DIRECT);
	if (fd != -EINVAL)
		return fd;
	*ret_direct = false;
	fd = node_open(fs->nodes, node, flags);
	if (fd >= 0)
		atomic_store(&fs->no_direct, true);
	return fd;
}

void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct filesystem *fs = op_filesystem(req);
	int flags = kernel_flags(fs, fi->flags), fd;
	bool append = false, direct = false;
	struct open_file *file;
	struct node *node;

	node = node_get(fs->nodes, ino);
	if (!node) {
		op_reply(req, -ESTALE);
		return;
	}
	fd = op_become_caller(req);
	if (!fd)
		fd = open_node(fs, node, flags, &direct);
	if (fd == -EPERM && (fi->flags & O_APPEND)) {
		append = true;
		fd = node_open(fs->nodes, node, flags | O_APPEND);
	}
	node_put(fs->nodes, node);
	if (fd < 0) {
		op_reply(req, fd);
		return;
	}
	file = give_file(req, ino, fd, direct, fi);
	if (!file) {
		lkl_sys_close((unsigned int)fd);
		op_reply(req, -ENOMEM);
		return;
	}
	file->append_only = append;
	fi->direct_io = append;
	if (fuse_reply_open(req, fi) == -ENOENT)
		free_file(fs, ino, file, fi->flags);
}

void op_create(fuse_req_t req, fuse_ino_t parent, const char *name,
	       mode_t mode, struct fuse_file_info *fi)
{
	struct filesystem *fs = op_filesystem(req);
	int flags = kernel_flags(fs, fi->flags) | O_CREAT | O_NOFOLLOW |
		    (fi->flags & O_EXCL);
	struct fuse_entry_param entry;
	struct open_file *file;
	struct node *node;
	int ret, fd;

	ret = op_node(fs, parent, &node);
	if (ret < 0) {
		op_reply(req, ret);
		return;
	}
	fd = op_become_creator(req);
	if (!fd)
		fd = (int)lkl_sys_openat(ret, name, flags, (lkl_umode_t)mode);
	node_put(fs->nodes, node);
	if (fd < 0) {
		op_reply(req, fd);
		return;
	}
	ret = op_entry(fs, fd, "", &entry);
	file = ret < 0 ? NULL : give_file(req, entry.ino, fd, false, fi);
	if (!file) {
		lkl_sys_close((unsigned int)fd);
		if (!ret)
			node_forget(fs->nodes, entry.ino, 1);
		op_reply(req, ret < 0 ? ret : -ENOMEM);
		return;
	}
	if (fuse_reply_create(req, &entry, fi) == -ENOENT) {
		free_file(fs, entry.ino, file, fi->flags);
		node_forget(fs->nodes, entry.ino, 1);
	}
}

static void to_fuse_attributes(const struct stat *st,
			       struct lkl_fuse_attr *attr)
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

static int make_tmpfile(struct filesystem *fs,
			const struct lkl_fuse_in_header *in,
			const struct lkl_fuse_create_in *request)
{
	const struct identity identity = {
		.uid = owner_to_image(&fs->owners.users, in->uid),
		.gid = owner_to_image(&fs->owners.groups, in->gid),
	};
	int flags = kernel_flags(fs, (int)request->flags) |
		    ((int)request->flags & O_EXCL) | LKL_O_TMPFILE;
	struct node *node;
	int dirfd, fd;

	dirfd = op_node(fs, in->nodeid, &node);
	if (dirfd < 0)
		return dirfd;
	identity_umask(request->umask);
	fd = identity_become(&identity);
	if (!fd)
		fd = (int)lkl_sys_openat(dirfd, ".", flags,
					 (lkl_umode_t)request->mode);
	node_put(fs->nodes, node);
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

	fd = make_tmpfile(fs, in, request);
	if (fd < 0) {
		*ret_error = op_errno(fd);
		return;
	}
	file = malloc(sizeof(*file));
	ret = file ? op_entry(fs, fd, "", &entry) : -ENOMEM;
	if (ret < 0) {
		free(file);
		lkl_sys_close((unsigned int)fd);
		*ret_error = op_errno(ret);
		return;
	}
	*file = (struct open_file){
		.fd = fd,
		.other_fd = -1,
		.uid = owner_to_image(&fs->owners.users, in->uid),
		.gid = owner_to_image(&fs->owners.groups, in->gid),
	};
	if (may_write((int)request->flags))
		node_count_writers(fs->nodes, entry.ino, 1);
	*ret_entry = (struct lkl_fuse_entry_out){
		.nodeid = entry.ino,
		.entry_valid = (uint64_t)entry.entry_timeout,
		.attr_valid = (uint64_t)entry.attr_timeout,
	};
	to_fuse_attributes(&entry.attr, &ret_entry->attr);
	*ret_open = (struct lkl_fuse_open_out){
		.fh = (uintptr_t)file,
		.open_flags = fs->caching.keep_data ? LKL_FOPEN_KEEP_CACHE : 0,
	};
	*ret_error = 0;
}

void op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	free_file(op_filesystem(req), ino, op_file(fi), fi->flags);
	op_reply(req, 0);
}

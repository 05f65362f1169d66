// SPDX-License-Identifier: GPL-2.0-only
/*
 * op-files.c - open files: reading, writing, and what else is done to data.
 *
 * A file is opened as the host opened it, but:
 *
 * - The host caches writes: to complete a page it reads, even if the file was
 *   opened for writing only, and it knows itself where to append.
 * - O_DIRECT is left to the host, which passes such requests on at once; here
 *   they go through the kernel's page cache, or not, as all do.
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
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>

#include "../direct.h"
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

void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
	     struct fuse_file_info *fi)
{
	char *data = device_self->data;
	long n = op_read_data(op_file(fi), data, size, off);

	(void)ino;
	if (n < 0)
		op_reply(req, n);
	else
		fuse_reply_buf(req, data, (size_t)n);
}

/* The host would go on to show bits that writing has taken away. */
static void check_suid(fuse_ino_t ino, int fd)
{
	struct lkl_statx st;

	if (!op_attributes(fd, &st) &&
	    (st.stx_mode & (LKL_S_ISUID | LKL_S_ISGID)))
		device_forget_attributes(ino);
}

/*
 * All of it, or why not.  What comes from the host's cache has to be written as
 * a whole: the host takes part of it for all of it, so that fsync() would
 * vouch for what was lost.
 */
static long write_all(int fd, int direct_fd, const char *buf, size_t size,
		      off_t off)
{
	size_t done = 0;
	long n;

	while (done < size) {
		n = -EINVAL;
		if (direct_fd >= 0)
			n = lkl_sys_pwrite64((unsigned int)direct_fd,
					     buf + done, size - done,
					     off + (off_t)done);
		if (direct_refused(n))
			n = lkl_sys_pwrite64((unsigned int)fd, buf + done,
					     size - done, off + (off_t)done);
		if (n <= 0)
			return n ? n : -LKL_EIO;
		done += (size_t)n;
	}
	return (long)size;
}

void op_write(fuse_req_t req, fuse_ino_t ino, const char *buf, size_t size,
	      off_t off, struct fuse_file_info *fi)
{
	struct open_file *file = op_file(fi);
	int direct_fd = -1;
	long ret;

	if (device_self->writepage)
		direct_fd = op_direct_write(file, buf, size, off);
	/* From the cache, on behalf of whoever opened the file. */
	if (device_self->writepage) {
		const struct identity identity = {
			.uid = file->uid, .gid = file->gid,
			.kill_suid = device_self->kill_suid,
		};

		ret = identity_become(&identity);
	} else {
		ret = op_become_caller(req);
	}
	if (!ret && device_self->kill_suid)
		check_suid(ino, file->fd);
	if (!ret && device_self->writepage)
		ret = write_all(file->fd, direct_fd, buf, size, off);
	else if (!ret)
		ret = lkl_sys_pwrite64((unsigned int)file->fd, buf, size, off);
	if (ret < 0)
		op_reply(req, ret);
	else
		fuse_reply_write(req, (size_t)ret);
}

void op_fsync(fuse_req_t req, fuse_ino_t ino, int datasync,
	      struct fuse_file_info *fi)
{
	unsigned int fd = (unsigned int)op_file(fi)->fd;

	(void)ino;
	op_reply(req, datasync ? lkl_sys_fdatasync(fd) : lkl_sys_fsync(fd));
}

/*
 * For what changes data without being a write: the host does not say whether
 * the caller may keep setuid and setgid bits.
 */
static long become_writer(fuse_req_t req, fuse_ino_t ino, int fd)
{
	bool *kill = &device_self->kill_suid;

	*kill = fuse_req_ctx(req)->uid || !op_filesystem(req)->privileged;
	if (*kill)
		check_suid(ino, fd);
	return op_become_caller(req);
}

void op_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t offset,
		  off_t length, struct fuse_file_info *fi)
{
	int fd = op_file(fi)->fd;
	long ret = become_writer(req, ino, fd);

	if (!ret)
		ret = lkl_sys_fallocate(fd, mode, offset, length);
	op_reply(req, ret);
}

void op_copy_file_range(fuse_req_t req, fuse_ino_t ino_in, off_t off_in,
			struct fuse_file_info *fi_in, fuse_ino_t ino_out,
			off_t off_out, struct fuse_file_info *fi_out,
			size_t len, int flags)
{
	lkl_loff_t from = off_in, to = off_out;
	long ret = become_writer(req, ino_out, op_file(fi_out)->fd);

	(void)ino_in;
	if (!ret)
		ret = lkl_sys_copy_file_range(op_file(fi_in)->fd, &from,
					      op_file(fi_out)->fd, &to, len,
					      (unsigned int)flags);
	if (ret < 0)
		op_reply(req, ret);
	else
		fuse_reply_write(req, (size_t)ret);
}

/* ---- Looking for holes ---- */

struct seek {
	fuse_req_t req;
	uint64_t id;
	int fd;
	off_t off;
	int whence;
	struct device device;
};

static void answer_seek(fuse_req_t req, int fd, off_t off, int whence)
{
	/* The position is nobody's: all else is done at given offsets. */
	long ret = lkl_sys_lseek((unsigned int)fd, off, (unsigned int)whence);

	if (ret < 0)
		op_reply(req, ret);
	else
		fuse_reply_lseek(req, ret);
}

static void *seek_later(void *arg)
{
	struct seek *seek = arg;

	device_self = &seek->device;
	device_write_back(seek->id);
	answer_seek(seek->req, seek->fd, seek->off, seek->whence);
	device_self = NULL;
	free(seek);
	return NULL;
}

/*
 * What the host has not written back yet looks like a hole from here, and it
 * does not write it back by itself before it asks.  That takes workers, so
 * one cannot wait for it.  The file stays open meanwhile: the caller has it.
 */
void op_lseek(fuse_req_t req, fuse_ino_t ino, off_t off, int whence,
	      struct fuse_file_info *fi)
{
	struct filesystem *fs = op_filesystem(req);
	int fd = op_file(fi)->fd;
	struct seek *seek;
	pthread_t thread;

	if (!fs->caching.writeback ||
	    !node_count_writers(fs->nodes, ino, 0)) {
		answer_seek(req, fd, off, whence);
		return;
	}
	seek = malloc(sizeof(*seek));
	if (!seek) {
		op_reply(req, -ENOMEM);
		return;
	}
	*seek = (struct seek){ .req = req, .id = ino, .fd = fd, .off = off,
			       .whence = whence };
	device_detach_request(&seek->device);
	if (pthread_create(&thread, NULL, seek_later, seek)) {
		free(seek);
		op_reply(req, -ENOMEM);
		return;
	}
	pthread_detach(thread);
}

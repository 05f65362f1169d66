// SPDX-License-Identifier: GPL-2.0-only
/*
 * op-data.c - what is done to the data of open files.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "operations.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "common/tree/direct.h"
#include "device.h"

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

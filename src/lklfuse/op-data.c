// SPDX-License-Identifier: GPL-2.0-only
/*
 * op-data.c - reading and writing the data of open files.
 *
 * The host has a page cache and reads ahead.  So data that it reads or writes
 * in large pieces need not go through the page cache of the kernel inside as
 * well: direct I/O moves it between the image and the worker's buffer.  That
 * works if the buffer is in the kernel's memory (device_get_kernel_buffers()).
 *
 * A file that is open for reading only has a descriptor with O_DIRECT.  Other
 * files get a second descriptor when a large piece is read or written, or when
 * small pieces are read often.  Small writes go through the page cache.  If a
 * file system refuses direct I/O, the other descriptor is used.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "operations.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "common/tree/direct.h"
#include "device.h"

/* ---- Direct I/O ---- */

/* The size of the host's requests in sequential access. */
#define DIRECT_SIZE_MIN	(128u << 10)
/* After that many small reads, those of a writable file are direct, too. */
#define DIRECT_READS_MIN	2u

#define NO_FD	(-1)

/* Acts as root: permissions were checked when the file was opened. */
static int reopen_with_direct(int fd, bool direct)
{
	long flags = lkl_sys_fcntl((unsigned int)fd, LKL_F_GETFL, 0);
	int ret;

	if (flags < 0 || flags & LKL_O_APPEND)
		return -EINVAL;
	ret = identity_become_root();
	if (ret)
		return ret;
	return filesystem_reopen(fd, ((int)flags & LKL_O_ACCMODE) |
				 (direct ? LKL_O_DIRECT : 0) | LKL_O_CLOEXEC);
}

static int get_data_fd(struct open_file *file, bool direct)
{
	int fd = atomic_load(&file->other_fd), other = NO_FD;

	if (file->direct == direct)
		return file->fd;
	if (fd != NO_FD)
		return fd;
	fd = reopen_with_direct(file->fd, direct);
	if (fd < 0)
		return fd;
	if (atomic_compare_exchange_strong(&file->other_fd, &other, fd))
		return fd;
	/* Another worker was faster. */
	lkl_sys_close((unsigned int)fd);
	return other;
}

int op_buffered_fd(struct open_file *file)
{
	return get_data_fd(file, false);
}

/* A descriptor for direct I/O with this buffer and offset, or -errno. */
static int get_direct_fd(struct open_file *file, const char *buf, size_t size,
			 off_t off)
{
	int fd;

	if (atomic_load(&file->not_direct) ||
	    !device_is_kernel_buffer(device_self, buf) || size % DIRECT_ALIGN ||
	    off % DIRECT_ALIGN)
		return -EINVAL;
	fd = get_data_fd(file, true);
	if (fd < 0)
		atomic_store(&file->not_direct, true);
	return fd;
}

static bool is_read_often(struct open_file *file)
{
	return file->direct || atomic_load(&file->reads) >= DIRECT_READS_MIN ||
	       atomic_fetch_add(&file->reads, 1) >= DIRECT_READS_MIN;
}

static long read_data(struct open_file *file, char *buf, size_t size, off_t off)
{
	int fd = -EINVAL;
	long n;

	if (size >= DIRECT_SIZE_MIN || is_read_often(file))
		fd = get_direct_fd(file, buf, size, off);
	if (fd >= 0) {
		n = lkl_sys_pread64((unsigned int)fd, buf, size, off);
		if (!direct_refused(n))
			return n;
		atomic_store(&file->not_direct, true);
	}
	fd = get_data_fd(file, false);
	if (fd < 0)
		return fd;
	return lkl_sys_pread64((unsigned int)fd, buf, size, off);
}

static int get_direct_write_fd(struct open_file *file, const char *buf,
			       size_t size, off_t off)
{
	return size < DIRECT_SIZE_MIN ? -EINVAL :
			      get_direct_fd(file, buf, size, off);
}

/* ---- Reading and writing ---- */

void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
	     struct fuse_file_info *fi)
{
	char *data = device_self->data;
	long n = read_data(op_file(fi), data, size, off);

	(void)ino;
	if (n < 0)
		op_reply(req, n);
	else
		fuse_reply_buf(req, data, (size_t)n);
}

/* The host has cached setuid and setgid bits that writing clears. */
static void forget_suid_attributes(fuse_ino_t ino, int fd)
{
	struct lkl_statx st;

	if (!op_attributes(fd, &st) &&
	    (st.stx_mode & (LKL_S_ISUID | LKL_S_ISGID)))
		device_forget_attributes(ino);
}

/*
 * The host caches how many blocks a file has, and does not ask again when it has
 * written data back, until the file is closed.  A file without blocks looks like
 * one hole to archivers.  So tell the host now and then.
 */
static void tell_blocks_changed(struct open_file *file, fuse_ino_t ino)
{
	struct timespec now;
	unsigned int tenths;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	tenths = (unsigned int)(now.tv_sec * 10 + now.tv_nsec / 100000000) | 1u << 31;
	if (atomic_exchange(&file->blocks_told, tenths) != tenths)
		device_forget_attributes(ino);
}

/*
 * Write all of @size, or fail.  The host takes a short write of cached data
 * for a complete one, and a later fsync() would report success for lost data.
 */
static long write_page_cache_data(int fd, int direct_fd, const char *buf,
				  size_t size, off_t off)
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

struct appended {
	fuse_req_t req;
	uint64_t id;
	off_t off;
	size_t size;
};

static void forget_and_reply(void *arg)
{
	struct appended *appended = arg;

	device_forget_data(appended->id, appended->off, appended->size);
	fuse_reply_write(appended->req, appended->size);
	free(appended);
}

/*
 * Before Linux 6.6 the host keeps its cached pages when it passes on a write
 * uncached: a reader would get zeros instead of the appended data.  Without
 * memory for a thread the pages stay, as the write is done.
 */
static void reply_append(fuse_req_t req, uint64_t id, off_t off, size_t size)
{
	struct appended *appended = malloc(sizeof(*appended));

	if (appended)
		*appended = (struct appended){ .req = req, .id = id, .off = off,
					       .size = size };
	if (!appended || device_detach_request(forget_and_reply, appended) < 0) {
		free(appended);
		fuse_reply_write(req, size);
	}
}

void op_write(fuse_req_t req, fuse_ino_t ino, const char *buf, size_t size,
	      off_t off, struct fuse_file_info *fi)
{
	struct open_file *file = op_file(fi);
	int direct_fd = -1;
	long ret;

	if (device_self->writepage)
		direct_fd = get_direct_write_fd(file, buf, size, off);
	/*
	 * Write-back carries no caller: act as the process that opened the file.
	 */
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
		forget_suid_attributes(ino, file->fd);
	if (!ret && device_self->writepage)
		ret = write_page_cache_data(file->fd, direct_fd, buf, size,
					    off);
	else if (!ret)
		ret = lkl_sys_pwrite64((unsigned int)file->fd, buf, size, off);
	if (ret > 0 && device_self->writepage)
		tell_blocks_changed(file, ino);
	if (ret < 0)
		op_reply(req, ret);
	else if (op_file(fi)->append)
		reply_append(req, ino, off, (size_t)ret);
	else
		fuse_reply_write(req, (size_t)ret);
}

void op_fsync(fuse_req_t req, fuse_ino_t ino, int datasync,
	      struct fuse_file_info *fi)
{
	unsigned int fd = (unsigned int)op_file(fi)->fd;

	/* The blocks of the last writes may not be told yet. */
	if (atomic_exchange(&op_file(fi)->blocks_told, 0))
		device_forget_attributes(ino);
	op_reply(req, datasync ? lkl_sys_fdatasync(fd) : lkl_sys_fsync(fd));
}

/*
 * For fallocate and copy_file_range.  Unlike a write, they do not say whether
 * the caller may keep setuid and setgid bits: only root may.
 */
static long become_data_writer(fuse_req_t req, fuse_ino_t ino, int fd)
{
	bool *kill = &device_self->kill_suid;

	*kill = fuse_req_ctx(req)->uid || !op_filesystem(req)->privileged;
	if (*kill)
		forget_suid_attributes(ino, fd);
	return op_become_caller(req);
}

void op_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t offset,
		  off_t length, struct fuse_file_info *fi)
{
	int fd = op_file(fi)->fd;
	long ret = become_data_writer(req, ino, fd);

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
	/* O_DIRECT would refuse ranges that do not fit its alignment. */
	int fd_in = get_data_fd(op_file(fi_in), false);
	int fd_out = get_data_fd(op_file(fi_out), false);
	long ret = fd_in < 0 ? fd_in : fd_out < 0 ? fd_out : 0;

	(void)ino_in;
	if (!ret)
		ret = become_data_writer(req, ino_out, fd_out);
	if (!ret)
		ret = lkl_sys_copy_file_range(fd_in, &from, fd_out, &to, len,
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
};

static void reply_seek(fuse_req_t req, int fd, off_t off, int whence)
{
	/* The descriptor's position is free: all else gives offsets. */
	long ret = lkl_sys_lseek((unsigned int)fd, off, (unsigned int)whence);

	if (ret < 0)
		op_reply(req, ret);
	else
		fuse_reply_lseek(req, ret);
}

static void write_back_and_seek(void *arg)
{
	struct seek *seek = arg;

	device_write_back(seek->id);
	reply_seek(seek->req, seek->fd, seek->off, seek->whence);
	free(seek);
}

/*
 * Data in the host's cache that it has not written back yet looks like a hole
 * from here, and the host does not write it back before FUSE_LSEEK.  Write-back
 * needs workers, so a worker cannot wait for it: a thread does.  The file stays
 * open meanwhile, because the caller has it open.
 */
void op_lseek(fuse_req_t req, fuse_ino_t ino, off_t off, int whence,
	      struct fuse_file_info *fi)
{
	struct filesystem *fs = op_filesystem(req);
	int fd = op_file(fi)->fd;
	struct seek *seek;
	int ret;

	if (!fs->caching.writeback ||
	    !inode_count_writers(fs->inodes, ino, 0)) {
		reply_seek(req, fd, off, whence);
		return;
	}
	seek = malloc(sizeof(*seek));
	if (!seek) {
		op_reply(req, -ENOMEM);
		return;
	}
	*seek = (struct seek){ .req = req, .id = ino, .fd = fd, .off = off,
			       .whence = whence };
	ret = device_detach_request(write_back_and_seek, seek);
	if (ret < 0) {
		free(seek);
		op_reply(req, ret);
	}
}

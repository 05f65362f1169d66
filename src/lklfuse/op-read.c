// SPDX-License-Identifier: GPL-2.0-only
/*
 * op-read.c - what is read of open files.
 *
 * Large pieces go from the image into the worker's buffer, and from there to
 * the host, past the page cache of the kernel inside: the host has one, where
 * it keeps them.  That takes memory that the kernel has lent, and a descriptor
 * for direct I/O, of which a file that is read in this way gets one.
 *
 * Small pieces are read through the page cache, which reads ahead.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "operations.h"

#include <errno.h>
#include <stdio.h>

#include "../direct.h"
#include "device.h"

/* The host asks for so much at once when it reads on and on. */
#define LARGE	(128u << 10)

/* Reading was allowed when the file was opened. */
static int reopen(int fd)
{
	char path[64];
	int ret = identity_become_root();

	if (ret)
		return ret;
	snprintf(path, sizeof(path), FILESYSTEM_PROC "/self/fd/%d", fd);
	return (int)lkl_sys_openat(LKL_AT_FDCWD, path, LKL_O_RDONLY |
				   LKL_O_DIRECT | LKL_O_CLOEXEC, 0);
}

/* Its descriptor for direct I/O, or negative if it has none. */
static int direct_fd(struct open_file *file)
{
	int fd = atomic_load(&file->direct_fd), other = FILE_UNTRIED;

	if (fd != FILE_UNTRIED)
		return fd;
	fd = reopen(file->fd);
	if (fd < 0)
		fd = FILE_NOT_DIRECT;
	if (atomic_compare_exchange_strong(&file->direct_fd, &other, fd))
		return fd;
	/* Another worker was faster. */
	if (fd >= 0)
		lkl_sys_close((unsigned int)fd);
	return other;
}

static long read_direct(struct open_file *file, size_t size, off_t off)
{
	int fd;

	if (!device_self->lent || size < LARGE || size % DIRECT_ALIGN ||
	    off % DIRECT_ALIGN)
		return -EINVAL;
	fd = direct_fd(file);
	if (fd < 0)
		return -EINVAL;
	return lkl_sys_pread64((unsigned int)fd, device_self->lent, size, off);
}

void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
	     struct fuse_file_info *fi)
{
	struct open_file *file = op_file(fi);
	char *data = device_self->lent;
	long n;

	(void)ino;
	n = read_direct(file, size, off);
	if (n == -EINVAL || n == -EOPNOTSUPP) {
		data = device_self->data;
		n = lkl_sys_pread64((unsigned int)file->fd, data, size, off);
	}
	if (n < 0)
		op_reply(req, n);
	else
		fuse_reply_buf(req, data, (size_t)n);
}

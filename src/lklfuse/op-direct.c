// SPDX-License-Identifier: GPL-2.0-only
/*
 * op-direct.c - data of files past the page cache of the kernel inside.
 *
 * The host has a page cache of its own, from which it writes and where it keeps
 * what it has read, and it reads ahead.  Direct I/O goes between the image and
 * the worker's buffers.  That takes memory that the kernel has lent, and another
 * descriptor, which a file gets when it is first used in this way: for large
 * pieces, and for small ones once more of them are read than small files have.
 * Small writes are collected in the page cache.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "operations.h"

#include <errno.h>
#include <stdio.h>

#include "../direct.h"
#include "device.h"

/* What the host moves at once when it goes on and on. */
#define LARGE	(128u << 10)
/* From which read of a file on small ones are read so. */
#define OFTEN	2u

/* What may be done was found out when the file was opened. */
static int reopen(int fd)
{
	long flags = lkl_sys_fcntl((unsigned int)fd, LKL_F_GETFL, 0);
	char path[64];
	int ret;

	if (flags < 0 || flags & LKL_O_APPEND)
		return -EINVAL;
	ret = identity_become_root();
	if (ret)
		return ret;
	snprintf(path, sizeof(path), FILESYSTEM_PROC "/self/fd/%d", fd);
	return (int)lkl_sys_openat(LKL_AT_FDCWD, path,
				   ((int)flags & LKL_O_ACCMODE) |
				   LKL_O_DIRECT | LKL_O_CLOEXEC, 0);
}

static int direct_fd(struct open_file *file, const char *buf, size_t size,
		     off_t off)
{
	int fd = atomic_load(&file->direct_fd), other = FILE_UNTRIED;

	if (!device_is_lent(device_self, buf) || size % DIRECT_ALIGN ||
	    off % DIRECT_ALIGN)
		return -EINVAL;
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

int op_direct_read(struct open_file *file, const char *buf, size_t size,
		   off_t off)
{
	unsigned int reads = atomic_load(&file->reads);

	if (reads < OFTEN)
		atomic_fetch_add(&file->reads, 1);
	if (size < LARGE && reads < OFTEN)
		return -EINVAL;
	return direct_fd(file, buf, size, off);
}

int op_direct_write(struct open_file *file, const char *buf, size_t size,
		    off_t off)
{
	return size < LARGE ? -EINVAL : direct_fd(file, buf, size, off);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * op-direct.c - data of files past the page cache of the kernel inside.
 *
 * The host has a page cache of its own, from which it writes and where it keeps
 * what it has read, and it reads ahead.  Direct I/O goes between the image and
 * the worker's buffers, if the kernel has lent the memory of these.
 *
 * Files that are only read are opened for it, others get a second descriptor
 * when they are first used in this way: for large pieces, and for reading small
 * ones often.  Small writes are collected in the page cache.  What file systems
 * cannot do directly is done through the page cache, by whichever of the two
 * descriptors does that.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "operations.h"

#include <errno.h>
#include <stdio.h>

#include "common/tree/direct.h"
#include "device.h"

/* What the host moves at once when it goes on and on. */
#define LARGE	(128u << 10)
/* From which read on small ones from a file that is written to are direct. */
#define OFTEN	2u

#define NO_FD	(-1)

/* What may be done was found out when the file was opened. */
static int reopen(int fd, bool direct)
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
				   (direct ? LKL_O_DIRECT : 0) |
				   LKL_O_CLOEXEC, 0);
}

static int descriptor(struct open_file *file, bool direct)
{
	int fd = atomic_load(&file->other_fd), other = NO_FD;

	if (file->direct == direct)
		return file->fd;
	if (fd != NO_FD)
		return fd;
	fd = reopen(file->fd, direct);
	if (fd < 0)
		return fd;
	if (atomic_compare_exchange_strong(&file->other_fd, &other, fd))
		return fd;
	/* Another worker was faster. */
	lkl_sys_close((unsigned int)fd);
	return other;
}

/* A descriptor for direct I/O with these, or negative. */
static int direct_descriptor(struct open_file *file, const char *buf,
			     size_t size, off_t off)
{
	int fd;

	if (atomic_load(&file->not_direct) ||
	    !device_is_lent(device_self, buf) || size % DIRECT_ALIGN ||
	    off % DIRECT_ALIGN)
		return -EINVAL;
	fd = descriptor(file, true);
	if (fd < 0)
		atomic_store(&file->not_direct, true);
	return fd;
}

static bool is_often(struct open_file *file)
{
	return file->direct || atomic_load(&file->reads) >= OFTEN ||
	       atomic_fetch_add(&file->reads, 1) >= OFTEN;
}

long op_read_data(struct open_file *file, char *buf, size_t size, off_t off)
{
	int fd = -EINVAL;
	long n;

	if (size >= LARGE || is_often(file))
		fd = direct_descriptor(file, buf, size, off);
	if (fd >= 0) {
		n = lkl_sys_pread64((unsigned int)fd, buf, size, off);
		if (!direct_refused(n))
			return n;
		atomic_store(&file->not_direct, true);
	}
	fd = descriptor(file, false);
	if (fd < 0)
		return fd;
	return lkl_sys_pread64((unsigned int)fd, buf, size, off);
}

int op_direct_write(struct open_file *file, const char *buf, size_t size,
		    off_t off)
{
	return size < LARGE ? -EINVAL :
			      direct_descriptor(file, buf, size, off);
}

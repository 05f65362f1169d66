// SPDX-License-Identifier: GPL-2.0-only
/*
 * transfer.c - copies the empty file system that mkfs has made in a file to a
 * disk of the kernel inside.
 *
 * The file is sparse.  This copies only the blocks that mkfs wrote and that are not
 * zero.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE			/* SEEK_DATA */
#endif
#include "transfer.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/error.h"
#include "common/zeroes.h"

#define BUFFER	(1u << 20)
#define BLOCK	4096u

/* Returns 0, or -errno of the kernel inside. */
static int write_to_disk(int disk, const char *data, size_t len,
			 uint64_t offset)
{
	long n;

	while (len) {
		n = lkl_sys_pwrite64((unsigned int)disk, data, len,
				     (int64_t)offset);
		if (n <= 0)
			return n < 0 ? (int)n : -EIO;
		data += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

/* Leaves out blocks of zeroes. */
static int write_blocks(int disk, const char *data, size_t len,
			uint64_t offset)
{
	size_t at, n;
	int ret = 0;

	for (at = 0; at < len && !ret; at += n) {
		n = len - at < BLOCK ? len - at : BLOCK;
		if (!is_all_zero(data + at, n))
			ret = write_to_disk(disk, data + at, n, offset + at);
	}
	return ret;
}

static int transfer_extent(int file, int disk, char *buffer, off_t at,
			   off_t end, struct lkl_error *err)
{
	ssize_t n;
	int ret;

	for (; at < end; at += n) {
		n = pread(file, buffer, end - at < BUFFER ?
			  (size_t)(end - at) : BUFFER, at);
		if (n < 0)
			return error_set(err, -errno,
					 "cannot read the empty file system that mkfs has made: %s",
					 strerror(errno));
		if (!n)
			break;
		ret = write_blocks(disk, buffer, (size_t)n, (uint64_t)at);
		if (ret < 0)
			return error_set(err, ret,
					 "cannot write the empty file system to the image: %s",
					 lkl_strerror(ret));
	}
	return 0;
}

static int transfer_all(int file, int disk, struct lkl_error *err)
{
	cleanup_free char *buffer = malloc(BUFFER);
	off_t at = 0, end;
	long synced;
	int ret = 0;

	if (!buffer)
		return error_no_memory(err);
	while (!ret && (at = lseek(file, at, SEEK_DATA)) >= 0) {
		end = lseek(file, at, SEEK_HOLE);
		if (end < 0)
			break;
		ret = transfer_extent(file, disk, buffer, at, end, err);
		at = end;
	}
	/* There is always a hole at the end; ENXIO: no more data. */
	if (!ret && at < 0 && errno != ENXIO)
		ret = error_set(err, -errno, "cannot search for data: %s",
				strerror(errno));
	synced = ret ? 0 : lkl_sys_fsync((unsigned int)disk);
	return synced < 0 ? error_set(err, (int)synced,
				      "cannot write the empty file system to the image: %s",
				      lkl_strerror((int)synced)) : ret;
}

int transfer_to_disk(void *opaque, const char *node, struct lkl_error *err)
{
	const int *file = opaque;
	int disk, ret;

	disk = (int)lkl_sys_openat(LKL_AT_FDCWD, node,
				   LKL_O_RDWR | LKL_O_CLOEXEC, 0);
	if (disk < 0)
		return error_set(err, disk, "cannot open the disk: %s",
				 lkl_strerror(disk));
	ret = transfer_all(*file, disk, err);
	lkl_sys_close((unsigned int)disk);
	return ret;
}

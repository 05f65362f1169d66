// SPDX-License-Identifier: GPL-2.0-only
/*
 * holes.c - whether a file is sparse, and whether its size can be true.
 *
 * A damaged inode may claim any size, and zeroes would be written for all of
 * it.  Where the kernel knows the holes, they are left out and the size does
 * not matter.  Where it does not, a file cannot be much larger than its file
 * system, but for compression.
 */
#include "holes.h"

#include <errno.h>

#include <lkl.h>

/* Files of this size are asked for holes even if all blocks are there. */
#define LARGE		(1u << 20)

/* How much smaller a file may be on the disk, as a power of two. */
#define SHIFT_ARCHIVE	10	/* what deflate can do at best */
#define SHIFT_OTHER	4	/* NTFS's 16 clusters in one */

/* Read-only file systems that compress everything. */
static bool is_archive(const struct job *job)
{
	return job->magic == LKL_SQUASHFS_MAGIC ||
		job->magic == LKL_EROFS_SUPER_MAGIC_V1;
}

static int check_size(const struct job *job, int fd,
		      const struct lkl_statx *st)
{
	unsigned int shift = is_archive(job) ? SHIFT_ARCHIVE : SHIFT_OTHER;
	uint64_t allocated = st->stx_blocks, size = st->stx_size;
	char byte;
	long n;

	if (!job->capacity || size <= job->capacity)
		return 0;
	/* squashfs has holes that it does not tell, but does not count. */
	if (job->magic == LKL_EROFS_SUPER_MAGIC_V1 || allocated > size / 512)
		allocated = size / 512;
	if (allocated >> shift > job->capacity / 512)
		return -EFBIG;
	/* The last byte must at least be there. */
	n = lkl_sys_pread64((unsigned int)fd, &byte, 1, (long)(size - 1));
	return n < 0 ? (int)n : n == 0 ? -EFBIG : 0;
}

int holes_find(struct job *job, int fd, const struct lkl_statx *st)
{
	bool missing = st->stx_blocks < st->stx_size / 512;
	int ret;

	if (!missing && st->stx_size < LARGE)
		return 0;
	ret = sparse_read(fd, st->stx_size, &job->map);
	/* Not every file system can tell. */
	if (ret == -EINVAL || ret == -EOPNOTSUPP)
		ret = 0;
	if (ret)
		return ret;
	ret = check_size(job, fd, st);
	/* The blocks of erofs are of what is compressed: that says nothing. */
	if (ret || !missing || job->magic == LKL_EROFS_SUPER_MAGIC_V1)
		return ret;
	return sparse_scan(fd, st->stx_size, &job->map);
}

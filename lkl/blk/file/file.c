// SPDX-License-Identifier: GPL-2.0-only
/*
 * file.c - protocol: reading, flushing and freeing space in a regular file or
 * a block device of the host.
 *
 * Goes through the host's page cache, which serves what several tools read
 * from one image.  open.c opens it, write.c writes to it.
 *
 * A file may end within a sector.  Its size is rounded up, so that no byte of
 * it is lost: what is missing of the last sector reads as zeroes, and a write
 * of that sector makes the file end with it.  But for file_grow(), nothing
 * else changes the length of a file.  One that is shorter than it was when
 * opened gives -EIO to whoever reads past the new end.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "file.h"

static void zero_rest(struct file_cursor *c)
{
	while (c->n) {
		memset((char *)c->iov->iov_base + c->skip, 0,
		       c->iov->iov_len - c->skip);
		file_advance(c, c->iov->iov_len - c->skip);
	}
}

static int file_preadv(struct blk *blk, const struct iovec *iov, int n,
		       uint64_t offset)
{
	struct file *f = (struct file *)blk;
	struct file_cursor c = { .iov = iov, .n = n };
	ssize_t r;

	file_advance(&c, 0);
	while (c.n) {
		r = file_rw(f->fd, preadv, &c, offset);
		if (r < 0)
			return r;
		if (!r) {
			if (offset < file_end(f))
				return -EIO;
			zero_rest(&c);
			return 0;
		}
		file_advance(&c, r);
		offset += r;
	}
	return 0;
}

static ssize_t preadv_cached(int fd, const struct iovec *iov, int n,
			     off_t offset)
{
	return preadv2(fd, iov, n, offset, RWF_NOWAIT);
}

static int file_preadv_nowait(struct blk *blk, const struct iovec *iov, int n,
			      uint64_t offset)
{
	struct file *f = (struct file *)blk;
	struct file_cursor c = { .iov = iov, .n = n };
	ssize_t r;

	if (learned(f->no_nowait))
		return -EAGAIN;
	file_advance(&c, 0);
	while (c.n) {
		r = file_rw(f->fd, preadv_cached, &c, offset);
		if (file_is_unknown_flag(r)) {
			learn(f->no_nowait);
			return -EAGAIN;
		}
		if (r < 0)
			return r;
		/* The end of the file is file_preadv()'s to judge. */
		if (!r)
			return -EAGAIN;
		file_advance(&c, r);
		offset += r;
	}
	return 0;
}

/* What is past the end is not in the file, and file_preadv()'s to judge. */
static int file_map(struct blk *blk, uint64_t offset, uint64_t len,
		    struct blk_extent *ret_extent)
{
	struct file *f = (struct file *)blk;
	uint64_t end = file_end(f);

	if (offset >= end)
		return -EOPNOTSUPP;
	ret_extent->fd = f->fd;
	ret_extent->offset = offset;
	ret_extent->len = len < end - offset ? len : end - offset;
	return 0;
}

/*
 * The host reports a write-back error once and takes the pages it could not
 * write for clean, so that the next flush would succeed.  What was written
 * before is not on stable storage for all that: fail from then on.
 */
static int file_flush(struct blk *blk)
{
	struct file *f = (struct file *)blk;
	int none = 0, ret;

	do {
		ret = fdatasync(f->fd) ? -errno : 0;
	} while (ret == -EINTR);
	if (ret)
		__atomic_compare_exchange_n(&f->flush_error, &none, ret, false,
					    __ATOMIC_RELAXED,
					    __ATOMIC_RELAXED);
	return __atomic_load_n(&f->flush_error, __ATOMIC_RELAXED);
}

static int file_fallocate(struct file *f, int mode, uint64_t offset,
			  uint64_t len)
{
	int ret;

	do {
		ret = fallocate(f->fd, mode | FALLOC_FL_KEEP_SIZE, offset,
				len) ? -errno : 0;
	} while (ret == -EINTR);
	return ret == -ENOSYS ? -EOPNOTSUPP : ret;
}

static int file_ioctl_range(struct file *f, unsigned long request,
			    uint64_t offset, uint64_t len)
{
	uint64_t range[2] = { offset, len };
	int ret;

	do {
		ret = ioctl(f->fd, request, range) ? -errno : 0;
	} while (ret == -EINTR);
	return ret == -ENOTTY ? -EOPNOTSUPP : ret;
}

/* A hint: where the host cannot, nothing happens and nothing is lost. */
static int file_discard(struct blk *blk, uint64_t offset, uint64_t len)
{
	struct file *f = (struct file *)blk;
	int ret;

	if (learned(f->no_punch))
		return 0;
	if (f->block_device)
		ret = file_ioctl_range(f, BLKDISCARD, offset, len);
	else
		ret = file_fallocate(f, FALLOC_FL_PUNCH_HOLE, offset, len);
	if (ret != -EOPNOTSUPP)
		return ret;
	learn(f->no_punch);
	return 0;
}

static int file_write_zeroes(struct blk *blk, uint64_t offset, uint64_t len,
			     bool may_unmap)
{
	struct file *f = (struct file *)blk;
	int ret;

	if (may_unmap && !learned(f->no_punch)) {
		ret = file_fallocate(f, FALLOC_FL_PUNCH_HOLE, offset, len);
		if (ret != -EOPNOTSUPP)
			return ret;
		/* A device may well discard without promising zeroes. */
		if (!f->block_device)
			learn(f->no_punch);
	}
	if (!learned(f->no_zero_range)) {
		ret = file_fallocate(f, FALLOC_FL_ZERO_RANGE, offset, len);
		if (ret != -EOPNOTSUPP)
			return ret;
		learn(f->no_zero_range);
	}
	if (f->block_device)
		return file_ioctl_range(f, BLKZEROOUT, offset, len);
	return -EOPNOTSUPP;
}

/* Sparse: space is taken when something is written there. */
static int file_grow(struct blk *blk, uint64_t size)
{
	struct file *f = (struct file *)blk;
	int ret = 0;

	if (f->block_device)
		return -ENOSPC;
	if (size > INT64_MAX - BLK_SECTOR_MAX)
		return -EFBIG;
	size = (size + BLK_SECTOR_MIN - 1) & ~(uint64_t)(BLK_SECTOR_MIN - 1);
	pthread_mutex_lock(&f->grow_lock);
	if (size > f->blk.size) {
		do {
			ret = ftruncate(f->fd, size) ? -errno : 0;
		} while (ret == -EINTR);
		if (!ret) {
			__atomic_store_n(&f->end, size, __ATOMIC_RELAXED);
			__atomic_store_n(&f->blk.size, size, __ATOMIC_RELEASE);
		}
	}
	pthread_mutex_unlock(&f->grow_lock);
	return ret;
}

static void file_close(struct blk *blk)
{
	struct file *f = (struct file *)blk;

	close(f->fd);
	free(f);
}

const struct blk_ops file_ops = {
	.name = "file",
	.preadv = file_preadv,
	.pwritev = file_pwritev,
	.flush = file_flush,
	.discard = file_discard,
	.write_zeroes = file_write_zeroes,
	.preadv_nowait = file_preadv_nowait,
	.pwritev_nowait = file_pwritev_nowait,
	.map = file_map,
	.grow = file_grow,
	.close = file_close,
};

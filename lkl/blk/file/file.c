// SPDX-License-Identifier: GPL-2.0-only
/*
 * file.c - protocol file: reads, flushes and frees space in a regular file or
 * block device of the host.
 *
 * Reads go through the host's page cache, which several tools can share.
 * open.c opens the file, write.c writes to it.
 *
 * A file may end within a sector.  blk.size is rounded up so that no byte is
 * lost.  The missing bytes of the last sector read as zeroes, and a write to
 * that sector extends the file to the end of it.  Apart from that only
 * file_grow() changes the length.  If another program truncates the file,
 * reads past the new end return -EIO.
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

#include "blk/error.h"
#include "blk/preadv2.h"
#include "file.h"

static int file_preadv(struct blk *blk, const struct iovec *iov, int n,
		       uint64_t offset)
{
	struct file *f = (struct file *)blk;
	struct iov_cursor c = iov_begin(iov, n);
	ssize_t r;

	while (c.n) {
		r = iov_call(f->fd, preadv, &c, offset);
		if (r < 0)
			return r;
		if (!r) {
			if (offset < file_end(f))
				return -EIO;
			iov_zero(&c, iov_bytes(c.iov, c.n) - c.skip);
			return 0;
		}
		iov_advance(&c, r);
		offset += r;
	}
	return 0;
}

static ssize_t file_preadv_cached(int fd, const struct iovec *iov, int n,
				  off_t offset)
{
	return preadv2(fd, iov, n, offset, RWF_NOWAIT);
}

static int file_preadv_nowait(struct blk *blk, const struct iovec *iov, int n,
			      uint64_t offset)
{
	struct file *f = (struct file *)blk;
	struct iov_cursor c = iov_begin(iov, n);
	ssize_t r;

	if (file_lacks(f->no_nowait))
		return -EAGAIN;
	while (c.n) {
		r = iov_call(f->fd, file_preadv_cached, &c, offset);
		if (iov_is_nowait_unknown(r)) {
			file_note_lack(f->no_nowait);
			return -EAGAIN;
		}
		if (r < 0)
			return r;
		/* End of file: file_preadv() decides what that means. */
		if (!r)
			return -EAGAIN;
		iov_advance(&c, r);
		offset += r;
	}
	return 0;
}

/* Bytes past the end are in no file; file_preadv() fills in zeroes. */
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
 * The host reports a write-back error once.  It then treats the pages that it
 * could not write as clean, so the next flush would succeed although data are
 * lost.  So every flush after a failed one fails, too.
 */
static int file_flush(struct blk *blk)
{
	struct file *f = (struct file *)blk;
	int none = 0, ret;

	if (f->no_flush)
		return 0;
	do {
		ret = fdatasync(f->fd) ? -errno : 0;
	} while (ret == -EINTR);
	if (!ret)
		ret = file_check_locks(f);
	if (ret)
		__atomic_compare_exchange_n(&f->flush_error, &none, ret, false,
					    __ATOMIC_RELAXED,
					    __ATOMIC_RELAXED);
	return __atomic_load_n(&f->flush_error, __ATOMIC_RELAXED);
}

/*
 * Whether an error says that the host does not support an operation on this
 * file.  Some file systems and devices have these errors for it; the ranges are
 * always valid, so EINVAL has no other meaning here.
 */
static bool file_is_unsupported(int ret)
{
	return ret == -EOPNOTSUPP || ret == -ENOSYS || ret == -ENODEV ||
	       ret == -ENOTTY || ret == -EINVAL;
}

static int file_fallocate(struct file *f, int mode, uint64_t offset,
			  uint64_t len)
{
	int ret;

	do {
		ret = fallocate(f->fd, mode | FALLOC_FL_KEEP_SIZE, offset,
				len) ? -errno : 0;
	} while (ret == -EINTR);
	return file_is_unsupported(ret) ? -EOPNOTSUPP : ret;
}

static int file_ioctl_range(struct file *f, unsigned long request,
			    uint64_t offset, uint64_t len)
{
	uint64_t range[2] = { offset, len };
	int ret;

	do {
		ret = ioctl(f->fd, request, range) ? -errno : 0;
	} while (ret == -EINTR);
	return file_is_unsupported(ret) ? -EOPNOTSUPP : ret;
}

/* A hint: if the host does not support it, nothing happens. */
static int file_discard(struct blk *blk, uint64_t offset, uint64_t len)
{
	struct file *f = (struct file *)blk;
	int ret;

	if (file_lacks(f->no_punch))
		return 0;
	if (f->block_device)
		ret = file_ioctl_range(f, BLKDISCARD, offset, len);
	else
		ret = file_fallocate(f, FALLOC_FL_PUNCH_HOLE, offset, len);
	if (ret != -EOPNOTSUPP)
		return ret;
	file_note_lack(f->no_punch);
	return 0;
}

static int file_write_zeroes(struct blk *blk, uint64_t offset, uint64_t len,
			     bool may_unmap)
{
	struct file *f = (struct file *)blk;
	int ret;

	if (may_unmap && !file_lacks(f->no_punch)) {
		ret = file_fallocate(f, FALLOC_FL_PUNCH_HOLE, offset, len);
		if (ret != -EOPNOTSUPP)
			return ret;
		/* A device may support discard without promising zeroes. */
		if (!f->block_device)
			file_note_lack(f->no_punch);
	}
	if (!file_lacks(f->no_zero_range)) {
		ret = file_fallocate(f, FALLOC_FL_ZERO_RANGE, offset, len);
		if (ret != -EOPNOTSUPP)
			return ret;
		file_note_lack(f->no_zero_range);
	}
	if (f->block_device)
		return file_ioctl_range(f, BLKZEROOUT, offset, len);
	return -EOPNOTSUPP;
}

/* The new part is a hole, so it takes no space yet. */
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

static bool file_explain(struct blk *blk, struct lkl_error *ret_reason)
{
	struct file *f = (struct file *)blk;

	if (__atomic_load_n(&f->flush_error, __ATOMIC_RELAXED) != -ENOLCK)
		return false;
	lkl_fail(ret_reason, 0,
		 "the lock on the image was lost: another program may have changed it");
	return true;
}

static int file_close(struct blk *blk)
{
	struct file *f = (struct file *)blk;

	if (f->locked)
		file_unlock_image(f->fd);
	close(f->fd);
	free(f);
	return 0;
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
	.explain = file_explain,
	.close = file_close,
};

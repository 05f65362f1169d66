// SPDX-License-Identifier: GPL-2.0-only
/*
 * file.c - protocol: a regular file or a block device of the host.
 *
 * Goes through the host's page cache, which serves what several tools read
 * from one image.
 *
 * A file may end within a sector.  Its size is rounded up, so that no byte of
 * it is lost: what is missing of the last sector reads as zeroes, and a write
 * of that sector makes the file end with it.  But for file_grow(), nothing
 * else changes the length of a file.  One that is shorter than it was when opened gives -EIO to
 * whoever reads past the new end.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "blk.h"
#include "error.h"
#include "lock.h"

/* The most buffers that one system call takes. */
#define FILE_IOV_MAX	1024

struct file {
	struct blk blk;
	int fd;
	bool block_device;
	/* Length when opened or made longer, <= blk.size; atomic. */
	uint64_t end;
	pthread_mutex_t grow_lock;	/* one at a time */
	/*
	 * What the host turned out not to know, so that it is not asked
	 * again.  Set and read by any thread: at worst it is asked twice.
	 */
	bool no_nowait;
	bool no_nowait_write;
	bool no_punch;
	bool no_zero_range;
	/* The first failed flush, see file_flush(). */
	int flush_error;
};

#define learned(flag)	__atomic_load_n(&(flag), __ATOMIC_RELAXED)
#define learn(flag)	__atomic_store_n(&(flag), true, __ATOMIC_RELAXED)

static uint64_t file_end(const struct file *f)
{
	return __atomic_load_n(&f->end, __ATOMIC_RELAXED);
}

/*
 * A position in an array of buffers that is not ours to change: @skip bytes
 * of the first of them are done.
 */
struct cursor {
	const struct iovec *iov;
	int n;
	size_t skip;
};

/* Also steps over empty buffers, which would look like an end of file. */
static void cursor_advance(struct cursor *c, size_t len)
{
	c->skip += len;
	while (c->n && c->skip >= c->iov->iov_len) {
		c->skip -= c->iov->iov_len;
		c->iov++;
		c->n--;
	}
}

typedef ssize_t file_rw_fn(int fd, const struct iovec *iov, int n, off_t off);

/* One transfer, as much as the host does at once: its length or -errno. */
static ssize_t file_rw(int fd, file_rw_fn *rw, const struct cursor *c,
		       uint64_t offset)
{
	const struct iovec *iov = c->iov;
	int n = c->n < FILE_IOV_MAX ? c->n : FILE_IOV_MAX;
	struct iovec part;
	ssize_t r;

	if (c->skip) {
		/* The rest of a buffer that a short transfer cut in two. */
		part.iov_base = (char *)iov->iov_base + c->skip;
		part.iov_len = iov->iov_len - c->skip;
		iov = &part;
		n = 1;
	}
	do {
		r = rw(fd, iov, n, offset);
	} while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : r;
}

static void zero_rest(struct cursor *c)
{
	while (c->n) {
		memset((char *)c->iov->iov_base + c->skip, 0,
		       c->iov->iov_len - c->skip);
		cursor_advance(c, c->iov->iov_len - c->skip);
	}
}

static int file_preadv(struct blk *blk, const struct iovec *iov, int n,
		       uint64_t offset)
{
	struct file *f = (struct file *)blk;
	struct cursor c = { .iov = iov, .n = n };
	ssize_t r;

	cursor_advance(&c, 0);
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
		cursor_advance(&c, r);
		offset += r;
	}
	return 0;
}

/* EINVAL: a host kernel that does not know RWF_NOWAIT. */
static bool is_unknown_flag(ssize_t r)
{
	return r == -EOPNOTSUPP || r == -EINVAL || r == -ENOSYS;
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
	struct cursor c = { .iov = iov, .n = n };
	ssize_t r;

	if (learned(f->no_nowait))
		return -EAGAIN;
	cursor_advance(&c, 0);
	while (c.n) {
		r = file_rw(f->fd, preadv_cached, &c, offset);
		if (is_unknown_flag(r)) {
			learn(f->no_nowait);
			return -EAGAIN;
		}
		if (r < 0)
			return r;
		/* The end of the file is file_preadv()'s to judge. */
		if (!r)
			return -EAGAIN;
		cursor_advance(&c, r);
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

static int file_pwritev(struct blk *blk, const struct iovec *iov, int n,
			uint64_t offset)
{
	struct file *f = (struct file *)blk;
	struct cursor c = { .iov = iov, .n = n };
	ssize_t r;

	cursor_advance(&c, 0);
	while (c.n) {
		r = file_rw(f->fd, pwritev, &c, offset);
		if (r < 0)
			return r;
		if (!r)
			return -EIO;
		cursor_advance(&c, r);
		offset += r;
	}
	return 0;
}

static ssize_t pwritev_cached(int fd, const struct iovec *iov, int n,
			      off_t offset)
{
	return pwritev2(fd, iov, n, offset, RWF_NOWAIT);
}

static int file_pwritev_nowait(struct blk *blk, const struct iovec *iov, int n,
			       uint64_t offset)
{
	struct file *f = (struct file *)blk;
	struct cursor c = { .iov = iov, .n = n };
	ssize_t r;

	if (learned(f->no_nowait_write))
		return -EAGAIN;
	cursor_advance(&c, 0);
	while (c.n) {
		r = file_rw(f->fd, pwritev_cached, &c, offset);
		if (is_unknown_flag(r)) {
			learn(f->no_nowait_write);
			return -EAGAIN;
		}
		if (r <= 0)
			return r ? r : -EIO;
		cursor_advance(&c, r);
		offset += r;
	}
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

static const struct blk_ops file_ops = {
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

static bool is_power_of_two(uint64_t n)
{
	return n && !(n & (n - 1));
}

static int check_type(mode_t mode, struct lkl_error *err)
{
	const char *what;

	switch (mode & S_IFMT) {
	case S_IFREG:
	case S_IFBLK:
		return 0;
	case S_IFDIR:
		what = "directory";
		break;
	case S_IFIFO:
		what = "fifo";
		break;
	case S_IFCHR:
		what = "character device";
		break;
	case S_IFSOCK:
		what = "socket";
		break;
	default:
		what = "special file";
		break;
	}
	return lkl_fail(err, S_ISDIR(mode) ? -EISDIR : -ENOTBLK,
			 "is a %s, neither an image file nor a block device",
			 what);
}

static int measure_block_device(struct file *f, struct lkl_error *err)
{
	unsigned int physical;
	int sector, read_only;

	if (ioctl(f->fd, BLKGETSIZE64, &f->end))
		return lkl_fail(err, -errno, "cannot read its size: %m");
	if (ioctl(f->fd, BLKSSZGET, &sector))
		return lkl_fail(err, -errno, "cannot read its sector size: %m");
	if (sector < (int)BLK_SECTOR_MIN || sector > (int)BLK_SECTOR_MAX ||
	    !is_power_of_two(sector))
		return lkl_fail(err, -EINVAL,
				 "sectors of %d bytes are not supported",
				 sector);
	/* Some devices can only be told to be read-only once open. */
	if ((f->blk.caps & BLK_CAP_WRITE) &&
	    !ioctl(f->fd, BLKROGET, &read_only) && read_only)
		return lkl_fail(err, -EROFS,
				 "cannot write: the device is read-only");
	if (ioctl(f->fd, BLKPBSZGET, &physical) || !is_power_of_two(physical) ||
	    physical < (unsigned int)sector)
		physical = sector;
	f->blk.sector_size = sector;
	f->blk.physical_size = physical;
	return 0;
}

static void measure_regular_file(struct file *f, const struct stat *st)
{
	f->end = st->st_size;
	f->blk.sector_size = BLK_SECTOR_MIN;
	if (st->st_blksize >= (long)BLK_SECTOR_MAX)
		f->blk.physical_size = BLK_SECTOR_MAX;
	else if (st->st_blksize >= (long)BLK_SECTOR_MIN &&
		 is_power_of_two(st->st_blksize))
		f->blk.physical_size = st->st_blksize;
	else
		f->blk.physical_size = BLK_SECTOR_MIN;
}

static void file_cleanup(struct file **f)
{
	if (!*f)
		return;
	if ((*f)->fd >= 0)
		close((*f)->fd);
	free(*f);
}

int file_open(const char *path, unsigned int flags, struct blk **ret_blk,
	      struct lkl_error *err)
{
	__attribute__((cleanup(file_cleanup))) struct file *f = NULL;
	bool writable = !(flags & BLK_OPEN_READ_ONLY);
	int mode = O_CLOEXEC | O_NOCTTY;
	uint64_t mask;
	struct stat st;
	int ret;

	/* Look first: to open a fifo waits, to open a device may act. */
	if (stat(path, &st))
		return lkl_fail(err, -errno, "cannot open: %m");
	ret = check_type(st.st_mode, err);
	if (ret)
		return ret;

	f = calloc(1, sizeof(*f));
	if (!f)
		return lkl_fail(err, -ENOMEM, "out of memory");
	f->blk.ops = &file_ops;
	pthread_mutex_init(&f->grow_lock, NULL);
	if (writable)
		f->blk.caps = BLK_CAP_WRITE | BLK_CAP_DISCARD |
			      BLK_CAP_WRITE_ZEROES;

	/* On a device O_EXCL refuses to write beneath a mounted system. */
	mode |= writable ? O_RDWR : O_RDONLY;
	if (writable && S_ISBLK(st.st_mode))
		mode |= O_EXCL;
	f->fd = open(path, mode);
	if (f->fd < 0 && errno == EBUSY)
		return lkl_fail(err, -EBUSY,
				 "cannot open for writing: the host uses it");
	if (f->fd < 0)
		return lkl_fail(err, -errno, "cannot open%s: %m",
				 writable ? " for writing" : "");
	/* Again, for it may have been replaced in between. */
	if (fstat(f->fd, &st))
		return lkl_fail(err, -errno, "cannot stat: %m");
	ret = check_type(st.st_mode, err);
	if (ret)
		return ret;

	if (!(flags & BLK_OPEN_NO_LOCK)) {
		ret = lock_image(f->fd, writable, err);
		if (ret)
			return ret;
	}

	f->block_device = S_ISBLK(st.st_mode);
	if (f->block_device)
		ret = measure_block_device(f, err);
	else
		measure_regular_file(f, &st);
	if (ret)
		return ret;
	if (!f->end)
		return lkl_fail(err, -EINVAL, "is empty");
	if (f->end > INT64_MAX - BLK_SECTOR_MAX)
		return lkl_fail(err, -EFBIG, "size %llu is not supported",
				 (unsigned long long)f->end);
	mask = f->blk.sector_size - 1;
	f->blk.size = (f->end + mask) & ~mask;

	*ret_blk = &f->blk;
	f = NULL;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * open.c - protocol file: opens and locks a regular file or block device of
 * the host.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "blk/error.h"
#include "file.h"

static int file_check_type(mode_t mode, struct lkl_error *err)
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

static int file_measure_block_device(struct file *f, struct lkl_error *err)
{
	unsigned int physical;
	int sector, read_only;

	if (ioctl(f->fd, BLKGETSIZE64, &f->end))
		return lkl_fail(err, -errno, "cannot read its size: %m");
	if (ioctl(f->fd, BLKSSZGET, &sector))
		return lkl_fail(err, -errno, "cannot read its sector size: %m");
	if (sector < (int)BLK_SECTOR_MIN || sector > (int)BLK_SECTOR_MAX ||
	    !blk_is_power_of_two(sector))
		return lkl_fail(err, -EINVAL,
				 "sectors of %d bytes are not supported",
				 sector);
	/* Some read-only devices can be opened for writing. */
	if ((f->blk.caps & BLK_CAP_WRITE) &&
	    !ioctl(f->fd, BLKROGET, &read_only) && read_only)
		return lkl_fail(err, -EROFS,
				 "cannot write: the device is read-only");
	if (ioctl(f->fd, BLKPBSZGET, &physical) ||
	    !blk_is_power_of_two(physical) || physical < (unsigned int)sector)
		physical = sector;
	f->blk.sector_size = sector;
	f->blk.physical_size = physical;
	return 0;
}

static void file_measure_regular(struct file *f, const struct stat *st)
{
	f->end = st->st_size;
	f->blk.sector_size = BLK_SECTOR_MIN;
	if (st->st_blksize >= (long)BLK_SECTOR_MAX)
		f->blk.physical_size = BLK_SECTOR_MAX;
	else if (st->st_blksize >= (long)BLK_SECTOR_MIN &&
		 blk_is_power_of_two(st->st_blksize))
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

int file_open_descriptor(const char *path, unsigned int flags,
			 struct lkl_error *err)
{
	bool writable = !(flags & BLK_OPEN_READ_ONLY);
	int mode = O_CLOEXEC | O_NOCTTY, fd, ret;
	struct stat st;

	/* Check first: opening a fifo waits, opening a device may act. */
	if (stat(path, &st))
		return lkl_fail(err, -errno, "cannot open: %m");
	ret = file_check_type(st.st_mode, err);
	if (ret)
		return ret;
	/* For a device O_EXCL fails if the host has mounted it. */
	mode |= writable ? O_RDWR : O_RDONLY;
	if (writable && S_ISBLK(st.st_mode))
		mode |= O_EXCL;
	fd = open(path, mode);
	if (fd < 0 && errno == EBUSY)
		return lkl_fail(err, -EBUSY,
				 "cannot open for writing: the host uses it");
	if (fd < 0)
		return lkl_fail(err, -errno, "cannot open%s: %m",
				 writable ? " for writing" : "");
	/* The host takes no locks: this holds without them, too. */
	if (writable && !fstat(fd, &st) && S_ISREG(st.st_mode)) {
		ret = file_check_loop_device(&st, err);
		if (ret) {
			close(fd);
			return ret;
		}
	}
	return fd;
}

int file_use_descriptor(int fd, unsigned int flags, struct blk **ret_blk,
			struct lkl_error *err)
{
	__attribute__((cleanup(file_cleanup))) struct file *f = NULL;
	bool writable = !(flags & BLK_OPEN_READ_ONLY);
	uint64_t mask;
	struct stat st;
	int ret;

	f = calloc(1, sizeof(*f));
	if (!f) {
		close(fd);
		return lkl_fail(err, -ENOMEM, "out of memory");
	}
	f->fd = fd;
	f->blk.ops = &file_ops;
	pthread_mutex_init(&f->grow_lock, NULL);
	if (writable)
		f->blk.caps = BLK_CAP_WRITE | BLK_CAP_DISCARD |
			      BLK_CAP_WRITE_ZEROES;

	/* Check again: the file may have been replaced in between. */
	if (fstat(f->fd, &st))
		return lkl_fail(err, -errno, "cannot stat: %m");
	ret = file_check_type(st.st_mode, err);
	if (ret)
		return ret;

	if (!(flags & BLK_OPEN_NO_LOCK)) {
		ret = file_lock_image(f->fd, writable, err);
		if (ret < 0)
			return ret;
		f->locked = ret > 0;
		ret = 0;
	}

	f->no_flush = flags & BLK_OPEN_NO_FLUSH;
	f->block_device = S_ISBLK(st.st_mode);
	if (f->block_device)
		ret = file_measure_block_device(f, err);
	else
		file_measure_regular(f, &st);
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

int file_open(const char *path, unsigned int flags, struct blk **ret_blk,
	      struct lkl_error *err)
{
	int fd = file_open_descriptor(path, flags, err);

	return fd < 0 ? fd : file_use_descriptor(fd, flags, ret_blk, err);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * lock.c - locks an image against other programs.
 *
 * The locks are those of QEMU, so that a running virtual machine and this
 * library exclude each other.  They are shared locks on single bytes of the
 * image file, which need not exist.  With them a program announces how it uses
 * the image and what it does not allow others to do:
 *
 *   100 + n   this program uses permission n
 *   200 + n   this program does not share permission n
 *
 * A program first takes the locks that describe it.  Then it checks whether
 * another program holds a conflicting one.  If two programs start at the same
 * time, both may fail, but never do both succeed.  The locks belong to the open
 * file description and end with it, however the process ends.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <fcntl.h>
#include <time.h>

#include "blk/error.h"
#include "file.h"

#define LOCK_USED	100
#define LOCK_UNSHARED	200

/* QEMU's permissions that concern files. */
#define READ_CONSISTENT	0x1u
#define WRITE		0x2u
#define WRITE_UNCHANGED	0x4u	/* only what is there already */
#define RESIZE		0x8u
#define PERMISSIONS	4

/* A mounted file system breaks if another program changes the image. */
#define READER_UNSHARED	(WRITE | RESIZE)
/* QEMU lets some readers of raw images share it with a writer; this does not. */
#define WRITER_UNSHARED	(READ_CONSISTENT | WRITE | RESIZE)

static struct flock file_byte_lock(int type, off_t byte)
{
	return (struct flock) {
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = byte,
		.l_len = 1,
	};
}

static int file_take_locks(int fd, off_t first, unsigned int permissions)
{
	struct flock lock;
	int i;

	for (i = 0; i < PERMISSIONS; i++) {
		if (!(permissions & 1u << i))
			continue;
		lock = file_byte_lock(F_RDLCK, first + i);
		if (fcntl(fd, F_OFD_SETLK, &lock))
			return -errno;
	}
	return 0;
}

/* The subset of @permissions that another program has locked. */
static unsigned int file_locks_of_others(int fd, off_t first,
				       unsigned int permissions)
{
	unsigned int found = 0;
	struct flock lock;
	int i;

	for (i = 0; i < PERMISSIONS; i++) {
		lock = file_byte_lock(F_WRLCK, first + i);
		if (permissions & 1u << i && !fcntl(fd, F_OFD_GETLK, &lock) &&
		    lock.l_type != F_UNLCK)
			found |= 1u << i;
	}
	return found;
}

int file_lock_image(int fd, bool writable, struct lkl_error *err)
{
	unsigned int used = READ_CONSISTENT, unshared = READER_UNSHARED;
	unsigned int others;
	int ret;

	if (writable) {
		used |= WRITE | RESIZE;
		unshared = WRITER_UNSHARED;
	}
	ret = file_take_locks(fd, LOCK_USED, used);
	if (!ret)
		ret = file_take_locks(fd, LOCK_UNSHARED, unshared);
	if (ret == -EAGAIN || ret == -EACCES)
		return lkl_fail(err, -EBUSY,
				"in use: another program has locked it");
	/* The file system has no such locks. */
	if (ret)
		return 0;
	others = file_locks_of_others(fd, LOCK_USED, unshared);
	if (others)
		return lkl_fail(err, -EBUSY,
				others & (WRITE | RESIZE) ?
				"in use: another program writes to it" :
				"in use: another program reads it");
	if (file_locks_of_others(fd, LOCK_UNSHARED, used))
		return lkl_fail(err, -EBUSY,
				"in use: another program reads it%s",
				writable ? "" : " and shares it with nobody");
	return 1;
}

void file_unlock_image(int fd)
{
	struct flock lock = file_byte_lock(F_UNLCK, 0);

	lock.l_len = 0;		/* all */
	/* If it fails, close() does it. */
	fcntl(fd, F_OFD_SETLK, &lock);
}

/*
 * The host's kernel forgets locks if it loses the server of a network file
 * system.  Locks that are still there are taken again without effect.
 */
int file_check_locks(struct file *f)
{
	struct timespec now;
	struct lkl_error reason;
	int64_t last;
	int ret;

	if (!f->locked)
		return 0;
	clock_gettime(CLOCK_MONOTONIC, &now);
	last = __atomic_exchange_n(&f->lock_checked, now.tv_sec,
				   __ATOMIC_RELAXED);
	if (last == now.tv_sec)
		return 0;
	ret = file_lock_image(f->fd, f->blk.caps & BLK_CAP_WRITE, &reason);
	return ret > 0 ? 0 : -ENOLCK;
}

bool file_is_locked_by_other(int fd)
{
	return file_locks_of_others(fd, LOCK_USED, WRITE);
}

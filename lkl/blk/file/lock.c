// SPDX-License-Identifier: GPL-2.0-only
/*
 * lock.c - keeping other programs from an image.
 *
 * These are the locks of QEMU, so that a running virtual machine and this
 * library refuse each other, in both directions.  They are shared locks on
 * single bytes of the image, which need not be there, by which a program tells
 * what it does and what it cannot bear others to do:
 *
 *   100 + n   this program uses permission n
 *   200 + n   this program does not share permission n
 *
 * First a program takes the locks that describe it.  Then it looks whether
 * anybody else has the opposite ones.  Two programs that come at the same time
 * may both give up, but never both go on.  The locks belong to the open file
 * description: they end with it, however the process ends.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <fcntl.h>

#include "blk/error.h"
#include "lock.h"

#define LOCK_USED	100
#define LOCK_UNSHARED	200

/* QEMU's permissions, as far as they matter for files. */
#define READ_CONSISTENT	0x1u
#define WRITE		0x2u
#define WRITE_UNCHANGED	0x4u	/* only what is there already */
#define RESIZE		0x8u
#define PERMISSIONS	4

/* Readers as well: what changes beneath a mounted file system ruins it. */
#define READER_UNSHARED	(WRITE | RESIZE)
/* Some of QEMU's readers of raw images would bear a writer: no sense in it. */
#define WRITER_UNSHARED	(READ_CONSISTENT | WRITE | RESIZE)

static struct flock byte_lock(int type, off_t byte)
{
	return (struct flock) {
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = byte,
		.l_len = 1,
	};
}

static int take(int fd, off_t first, unsigned int permissions)
{
	struct flock lock;
	int i;

	for (i = 0; i < PERMISSIONS; i++) {
		if (!(permissions & 1u << i))
			continue;
		lock = byte_lock(F_RDLCK, first + i);
		if (fcntl(fd, F_OFD_SETLK, &lock))
			return -errno;
	}
	return 0;
}

/* Which of @permissions somebody else has locked from @first on. */
static unsigned int taken(int fd, off_t first, unsigned int permissions)
{
	unsigned int found = 0;
	struct flock lock;
	int i;

	for (i = 0; i < PERMISSIONS; i++) {
		lock = byte_lock(F_WRLCK, first + i);
		if (permissions & 1u << i && !fcntl(fd, F_OFD_GETLK, &lock) &&
		    lock.l_type != F_UNLCK)
			found |= 1u << i;
	}
	return found;
}

int lock_image(int fd, bool writable, struct lkl_error *err)
{
	unsigned int used = READ_CONSISTENT, unshared = READER_UNSHARED;
	unsigned int others;
	int ret;

	if (writable) {
		used |= WRITE | RESIZE;
		unshared = WRITER_UNSHARED;
	}
	ret = take(fd, LOCK_USED, used);
	if (!ret)
		ret = take(fd, LOCK_UNSHARED, unshared);
	if (ret == -EAGAIN || ret == -EACCES)
		return lkl_fail(err, -EBUSY,
				"in use: another program has locked it");
	/* No locks here, or none of this kind. */
	if (ret)
		return 0;
	others = taken(fd, LOCK_USED, unshared);
	if (others)
		return lkl_fail(err, -EBUSY,
				"in use: another program %s",
				others & (WRITE | RESIZE) ? "writes to it" :
							    "reads it");
	if (taken(fd, LOCK_UNSHARED, used))
		return lkl_fail(err, -EBUSY,
				"in use: another program reads it%s",
				writable ? "" : " and shares it with nobody");
	return 0;
}

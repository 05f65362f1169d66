/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * file.h - struct file and the functions that the files in this folder share.
 */
#ifndef LKL_BLK_FILE_H
#define LKL_BLK_FILE_H

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "blk/blk.h"
#include "blk/iov.h"

struct file {
	struct blk blk;
	int fd;
	bool block_device;
	bool no_flush;			/* BLK_OPEN_NO_FLUSH */
	bool locked;			/* see file_check_locks() */
	int64_t lock_checked;		/* seconds; atomic */
	/* The file's length when it was opened or grown; atomic. */
	uint64_t end;
	pthread_mutex_t grow_lock;	/* guards changes of end and size */
	/*
	 * Operations that the host turned out not to support.  Use
	 * file_lacks() and file_note_lack().  Any thread sets them without a
	 * lock; at worst two threads ask the host.
	 */
	bool no_nowait;
	bool no_nowait_write;
	bool no_punch;
	bool no_zero_range;
	/* -errno of the first flush that failed; atomic.  See file_flush(). */
	int flush_error;
	/* Used by write.c; all atomic. */
	unsigned int writers;		/* threads in file_pwritev() */
	int64_t pause, pause_until;	/* ns; 0: no write was slow yet */
};

/* Whether the host lacks an operation, and note that it does. */
#define file_lacks(flag)     __atomic_load_n(&(flag), __ATOMIC_RELAXED)
#define file_note_lack(flag) __atomic_store_n(&(flag), true, __ATOMIC_RELAXED)

static inline uint64_t file_end(const struct file *f)
{
	return __atomic_load_n(&f->end, __ATOMIC_RELAXED);
}

/* file.c */
extern const struct blk_ops file_ops;

/* write.c */
int file_pwritev(struct blk *blk, const struct iovec *iov, int n,
		 uint64_t offset);
int file_pwritev_nowait(struct blk *blk, const struct iovec *iov, int n,
			uint64_t offset);

/*
 * lock.c: lock the image that @fd is open on, until @fd is closed.
 * @writable: nobody else may use the image; otherwise others may read it
 *
 * Returns -EBUSY if another program uses the image in a way that excludes this
 * one.  Returns 1 with the locks, 0 where the file system has no locks.
 */
int file_lock_image(int fd, bool writable, struct lkl_error *err);
/* Before close(): the host may keep the description a little longer. */
void file_unlock_image(int fd);

/*
 * lock.c: -ENOLCK if the locks were lost and cannot be taken again.  Checks once
 * a second at most, as the file system may be on a network.
 */
int file_check_locks(struct file *f);

/* lock.c: whether another open file description locks @fd's file for writing. */
bool file_is_locked_by_other(int fd);

/*
 * loop-device.c: -EBUSY if a loop device of the host uses the file.  Needed
 * before writing, as the kernel takes no locks.
 */
int file_check_loop_device(const struct stat *file, struct lkl_error *err);

#endif /* LKL_BLK_FILE_H */

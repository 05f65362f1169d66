// SPDX-License-Identifier: GPL-2.0-only
/*
 * quiet-sync.c - writing changes to the image when a mount becomes quiet.
 */
#include "quiet-sync.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <lkl/linux/fuse.h>

#include "common/error.h"
#include "filesystem.h"

/* How long nothing may change before the thread syncs. */
#define QUIET_SECONDS 1

static struct {
	pthread_t thread;
	bool started;
	int *fds;		/* of each file system */
	unsigned int n_fds;
	/* The thread sets sleeps before it reads changes; a worker counts a
	 * change before it reads sleeps.  So no wakeup is lost. */
	atomic_uint changes;
	atomic_bool sleeps;
	pthread_mutex_t lock;	/* protects stop, and the condition */
	pthread_cond_t wake;
	bool stop;
} quiet_sync = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* Sleep until something changes; the lock is held. */
static void wait_for_change(unsigned int synced)
{
	atomic_store(&quiet_sync.sleeps, true);
	while (!quiet_sync.stop && atomic_load(&quiet_sync.changes) == synced)
		pthread_cond_wait(&quiet_sync.wake, &quiet_sync.lock);
	atomic_store(&quiet_sync.sleeps, false);
}

/* Sleep until nothing has changed for a while; the lock is held. */
static unsigned int wait_for_quiet(void)
{
	struct timespec until;
	unsigned int seen;

	do {
		seen = atomic_load(&quiet_sync.changes);
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += QUIET_SECONDS;
		while (!quiet_sync.stop &&
		       pthread_cond_timedwait(&quiet_sync.wake,
					      &quiet_sync.lock,
					      &until) != ETIMEDOUT)
			;
	} while (!quiet_sync.stop && atomic_load(&quiet_sync.changes) != seen);
	return seen;
}

static void sync_all(void)
{
	unsigned int i;

	for (i = 0; i < quiet_sync.n_fds; i++)
		lkl_sys_syncfs(quiet_sync.fds[i]);
}

static void *quiet_sync_thread(void *arg)
{
	unsigned int synced = 0;

	pthread_mutex_lock(&quiet_sync.lock);
	for (;;) {
		wait_for_change(synced);
		if (!quiet_sync.stop)
			synced = wait_for_quiet();
		if (quiet_sync.stop)
			break;
		pthread_mutex_unlock(&quiet_sync.lock);
		/* Errors are reported by fsync(), and at the end. */
		sync_all();
		pthread_mutex_lock(&quiet_sync.lock);
	}
	pthread_mutex_unlock(&quiet_sync.lock);
	return arg;
}

/* A descriptor reports a write-back error once, so have our own. */
static int open_again(int root_fd, struct lkl_error *err)
{
	int fd = (int)lkl_sys_openat(root_fd, ".", LKL_O_RDONLY |
				     LKL_O_DIRECTORY | LKL_O_CLOEXEC, 0);

	if (fd < 0)
		return error_set(err, fd, "cannot open the root directory: %s",
				 lkl_strerror(fd));
	quiet_sync.fds[quiet_sync.n_fds++] = fd;
	return 0;
}

static void close_all(void)
{
	while (quiet_sync.n_fds)
		lkl_sys_close((unsigned int)quiet_sync.fds[--quiet_sync.n_fds]);
	free(quiet_sync.fds);
	quiet_sync.fds = NULL;
}

int quiet_sync_start(const struct filesystem *fs, struct lkl_error *err)
{
	pthread_condattr_t attr;
	unsigned int i;
	int ret;

	quiet_sync.fds = calloc(fs->n_below + 1, sizeof(*quiet_sync.fds));
	if (!quiet_sync.fds)
		return error_no_memory(err);
	ret = open_again(fs->root_fd, err);
	for (i = 0; i < fs->n_below && !ret; i++)
		ret = open_again(fs->below[i], err);
	if (ret < 0) {
		close_all();
		return ret;
	}
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&quiet_sync.wake, &attr);
	pthread_condattr_destroy(&attr);
	ret = pthread_create(&quiet_sync.thread, NULL, quiet_sync_thread, NULL);
	if (ret) {
		close_all();
		return error_set(err, -ret, "cannot start a thread: %s",
				 strerror(ret));
	}
	quiet_sync.started = true;
	return 0;
}

void quiet_sync_stop(void)
{
	if (!quiet_sync.started)
		return;
	pthread_mutex_lock(&quiet_sync.lock);
	quiet_sync.stop = true;
	pthread_cond_signal(&quiet_sync.wake);
	pthread_mutex_unlock(&quiet_sync.lock);
	pthread_join(quiet_sync.thread, NULL);
	quiet_sync.started = false;
	close_all();
}

static bool changes_image(uint32_t opcode)
{
	switch (opcode) {
	case LKL_FUSE_SETATTR:
	case LKL_FUSE_SYMLINK:
	case LKL_FUSE_MKNOD:
	case LKL_FUSE_MKDIR:
	case LKL_FUSE_UNLINK:
	case LKL_FUSE_RMDIR:
	case LKL_FUSE_RENAME:
	case LKL_FUSE_RENAME2:
	case LKL_FUSE_LINK:
	case LKL_FUSE_WRITE:
	case LKL_FUSE_SETXATTR:
	case LKL_FUSE_REMOVEXATTR:
	case LKL_FUSE_CREATE:
	case LKL_FUSE_TMPFILE:
	case LKL_FUSE_FALLOCATE:
	case LKL_FUSE_COPY_FILE_RANGE:
	case LKL_FUSE_IOCTL:
		return true;
	}
	return false;
}

void quiet_sync_note(uint32_t opcode)
{
	if (!changes_image(opcode))
		return;
	atomic_fetch_add(&quiet_sync.changes, 1);
	if (!atomic_load(&quiet_sync.sleeps))
		return;
	pthread_mutex_lock(&quiet_sync.lock);
	pthread_cond_signal(&quiet_sync.wake);
	pthread_mutex_unlock(&quiet_sync.lock);
}

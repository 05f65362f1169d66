// SPDX-License-Identifier: GPL-2.0-only
/*
 * unmounter.c - a guardian that takes the mount away, and answers questions
 * until then.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "unmounter.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../error.h"

/* As libfuse finds it. */
#define HELPER "fusermount3"

static char *mount_path;

/* Who is asked, NULL: nobody any more. */
static struct guardian *asked;
static pthread_mutex_t asked_lock = PTHREAD_MUTEX_INITIALIZER;

/* 0 or -errno; for a reason that the helper keeps to itself, -EBUSY. */
static int run_helper(bool lazy)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return -errno;
	if (!pid) {
		if (lazy)
			execlp(HELPER, HELPER, "-u", "-q", "-z", "--",
			       mount_path, (char *)NULL);
		else
			execlp(HELPER, HELPER, "-u", "-q", "--", mount_path,
			       (char *)NULL);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (!WIFEXITED(status) || WEXITSTATUS(status) == 127)
		return -ENOENT;
	return WEXITSTATUS(status) ? -EBUSY : 0;
}

static int unmount(bool lazy)
{
	int flags = UMOUNT_NOFOLLOW | (lazy ? MNT_DETACH : 0);

	if (!umount2(mount_path, flags))
		return 0;
	return errno == EPERM ? run_helper(lazy) : -errno;
}

/* All that the host has cached becomes requests. */
static void hand_over(void)
{
	int fd = open(mount_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	syncfs(fd);
	close(fd);
}

static int act(void *opaque, struct lkl_error *err)
{
	int ret = unmount(false);

	(void)opaque;
	if (ret == -EBUSY) {
		hand_over();
		ret = unmount(true);
		if (!ret)
			return UNMOUNTER_BUSY;
	}
	/* Somebody was faster. */
	if (ret == -EINVAL || ret == -ENOENT)
		return 0;
	if (ret < 0)
		return error_set(err, ret, "cannot unmount %s: %s", mount_path,
				 strerror(-ret));
	return 0;
}

/*
 * Only what is dead is ours: another may be mounted there by now.  Attributes
 * are cached, even of the dead, so ask for something that is not.
 */
static void clear(void *opaque)
{
	struct statfs st;

	(void)opaque;
	if (statfs(mount_path, &st) < 0 &&
	    (errno == ENOTCONN || errno == ECONNABORTED))
		unmount(true);
}

/* As the host's kernel has it in memory: this must not become a request. */
static int look_at(const char *path, struct statx *ret_st)
{
	if (statx(AT_FDCWD, path, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT,
		  STATX_INO, ret_st) < 0)
		return -errno;
	return 0;
}

static int find(void *opaque, const struct guardian_question *question,
		uint64_t *ret_value)
{
	struct statx file, mount;
	char path[64];
	int ret;

	(void)opaque;
	snprintf(path, sizeof(path), "/proc/%" PRIu64 "/fd/%" PRIu64,
		 question->a, question->b);
	ret = look_at(path, &file);
	if (ret == -ENOENT)
		return -EBADF;
	if (!ret)
		ret = look_at(mount_path, &mount);
	if (ret < 0)
		return ret;
	if (file.stx_dev_major != mount.stx_dev_major ||
	    file.stx_dev_minor != mount.stx_dev_minor)
		return -EXDEV;
	*ret_value = file.stx_ino;
	return 0;
}

int unmounter_find(pid_t pid, int64_t fd, uint64_t *ret_inode)
{
	const struct guardian_question question = {
		.a = (uint64_t)pid, .b = (uint64_t)fd,
	};
	int ret = -ENXIO;

	/* No number: a process that is in another namespace. */
	if (pid <= 0)
		return -EACCES;
	if (fd < 0 || fd > INT_MAX)
		return -EBADF;
	pthread_mutex_lock(&asked_lock);
	if (asked)
		ret = guardian_ask(asked, &question, ret_inode);
	pthread_mutex_unlock(&asked_lock);
	return ret;
}

void unmounter_stop(void)
{
	pthread_mutex_lock(&asked_lock);
	asked = NULL;
	pthread_mutex_unlock(&asked_lock);
}

int unmounter_start(const char *mountpoint, struct guardian **ret_guardian,
		    struct lkl_error *err)
{
	const struct guardian_work work = {
		.act = act, .clear = clear, .ask = find,
	};
	int ret;

	mount_path = strdup(mountpoint);
	if (!mount_path)
		return error_no_memory(err);
	ret = guardian_start(&work, ret_guardian, err);
	if (!ret)
		asked = *ret_guardian;
	return ret;
}

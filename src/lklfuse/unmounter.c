// SPDX-License-Identifier: GPL-2.0-only
/*
 * unmounter.c - a guardian that takes the mount away.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "unmounter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/error.h"
#include "callers.h"

/* As libfuse finds it. */
#define HELPER "fusermount3"

static char *mount_path;

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

int unmounter_start(const char *mountpoint, struct guardian **ret_guardian,
		    struct lkl_error *err)
{
	struct guardian_work work = {
		.act = act, .clear = clear, .ask = callers_answer,
	};

	mount_path = strdup(mountpoint);
	if (!mount_path)
		return error_no_memory(err);
	work.opaque = mount_path;
	return guardian_start(&work, ret_guardian, err);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * special.c - fifos and devices of the image: the program gets those of the host.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "special.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/descriptor-path.h"
#include "nameless.h"

static const struct {
	unsigned int major, minor;
	const char *path;
} devices[] = {
	{ 1, 3, "/dev/null" }, { 1, 5, "/dev/zero" }, { 1, 7, "/dev/full" },
	{ 1, 8, "/dev/random" }, { 1, 9, "/dev/urandom" }, { 5, 0, "/dev/tty" },
};

long special_open_device(struct call *call, const struct lkl_statx *st,
			 int flags)
{
	cleanup_close int fd = -1;
	size_t i;

	for (i = 0; S_ISCHR(st->stx_mode) &&
	     i < sizeof(devices) / sizeof(*devices); i++) {
		if (st->stx_rdev_major != devices[i].major ||
		    st->stx_rdev_minor != devices[i].minor)
			continue;
		fd = open(devices[i].path, (flags & (O_ACCMODE | O_APPEND)) |
			  O_NOCTTY | O_CLOEXEC);
		return fd < 0 ? -errno :
			call_give(call, fd, (unsigned int)flags & O_CLOEXEC);
	}
	return call_unsupported(call, -ENXIO);
}

/* ---- Fifos ---- */

/* A thread that opens one end, and waits for the other. */
struct opening {
	struct call call;
	int path;
	int flags;
};

static void *open_thread(void *arg)
{
	struct opening *opening = arg;
	char path[DESCRIPTOR_PATH_SIZE];
	int fd;
	long ret;

	fd = open(descriptor_path(opening->path, path),
		  (opening->flags & (O_ACCMODE | O_NONBLOCK)) | O_CLOEXEC);
	ret = fd < 0 ? -errno : call_give(&opening->call, fd,
					  (unsigned int)opening->flags &
					  O_CLOEXEC);
	if (call_failed(ret))
		call_answer(&opening->call, ret);
	if (fd >= 0)
		close(fd);
	close(opening->path);
	free(opening);
	return NULL;
}

static int make_fifo(const char *path, void *opaque)
{
	(void)opaque;
	return mkfifo(path, 0600) ? -errno : 0;
}

/* The host's fifo for one of the image, which is made when it is first opened. */
static int fifo_get(const struct lkl_statx *st)
{
	int fd = nameless_find(st);

	return fd >= 0 ? fd : nameless_make(st, NULL, make_fifo, NULL);
}

long special_wait_fifo(struct call *call, int path, int flags)
{
	struct opening *opening = malloc(sizeof(*opening));
	pthread_t thread;
	int error;

	if (!opening)
		return -ENOMEM;
	*opening = (struct opening){
		*call, fcntl(path, F_DUPFD_CLOEXEC, 0), flags,
	};
	error = opening->path < 0 ? EMFILE :
		pthread_create(&thread, NULL, open_thread, opening);
	if (error) {
		if (opening->path >= 0)
			close(opening->path);
		free(opening);
		return -error;
	}
	pthread_detach(thread);
	return CALL_ANSWERED;
}

long special_open_fifo(struct call *call, const struct lkl_statx *st,
		       int flags)
{
	int path = fifo_get(st);

	return path < 0 ? path : special_wait_fifo(call, path, flags);
}

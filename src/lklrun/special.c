// SPDX-License-Identifier: GPL-2.0-only
/*
 * special.c - fifos and devices of the image: the host's serve in their place.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "special.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "notify.h"

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

/*
 * Each fifo that the program has opened has a nameless one of the host: @path is a
 * descriptor (O_PATH) by which it is opened.
 */
struct fifo {
	uint64_t ino;
	uint32_t dev_major, dev_minor;
	int path;
	struct fifo *next;
};

static struct fifo *fifos;

/* A thread that opens one end, and waits for the other. */
struct opening {
	struct call call;
	int path;
	int flags;
};

static void *open_thread(void *arg)
{
	struct opening *opening = arg;
	char path[64];
	int fd;
	long ret;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", opening->path);
	fd = open(path, (opening->flags & (O_ACCMODE | O_NONBLOCK)) | O_CLOEXEC);
	ret = fd < 0 ? -errno : call_give(&opening->call, fd,
					  (unsigned int)opening->flags &
					  O_CLOEXEC);
	if (call_failed(ret))
		notify_answer(&opening->call, ret);
	if (fd >= 0)
		close(fd);
	free(opening);
	return NULL;
}

/* Make a fifo of the host and take its name away again. */
static int make_fifo(void)
{
	const char *base = getenv("XDG_RUNTIME_DIR");
	char folder[PATH_MAX], path[PATH_MAX];
	int fd, ret = 0;

	for (;;) {
		snprintf(folder, sizeof(folder) - 8, "%s/lklrun-XXXXXX",
			 base ? base : "/tmp");
		if (mkdtemp(folder))
			break;
		if (!base)
			return -errno;
		base = NULL;
	}
	if (snprintf(path, sizeof(path), "%s/fifo", folder) >=
	    (int)sizeof(path) || mkfifo(path, 0600))
		ret = -errno;
	fd = ret ? -1 : open(path, O_PATH | O_CLOEXEC);
	if (!ret && fd < 0)
		ret = -errno;
	unlink(path);
	rmdir(folder);
	return ret ? ret : fd;
}

static struct fifo *find_fifo(const struct lkl_statx *st)
{
	struct fifo *fifo = fifos;

	while (fifo && (fifo->ino != st->stx_ino ||
			fifo->dev_major != st->stx_dev_major ||
			fifo->dev_minor != st->stx_dev_minor))
		fifo = fifo->next;
	return fifo;
}

static int fifo_get(const struct lkl_statx *st)
{
	struct fifo *fifo = find_fifo(st);
	int fd;

	if (fifo)
		return fifo->path;
	fd = make_fifo();
	if (fd < 0)
		return fd;
	fifo = calloc(1, sizeof(*fifo));
	if (!fifo) {
		close(fd);
		return -ENOMEM;
	}
	*fifo = (struct fifo){
		.ino = st->stx_ino, .dev_major = st->stx_dev_major,
		.dev_minor = st->stx_dev_minor, .path = fd, .next = fifos,
	};
	fifos = fifo;
	return fd;
}

long special_open_fifo(struct call *call, const struct lkl_statx *st,
		       int flags)
{
	struct opening *opening;
	pthread_t thread;
	int path = fifo_get(st);

	if (path < 0)
		return path;
	opening = malloc(sizeof(*opening));
	if (!opening)
		return -ENOMEM;
	*opening = (struct opening){ *call, path, flags };
	if (pthread_create(&thread, NULL, open_thread, opening)) {
		free(opening);
		return -EAGAIN;
	}
	pthread_detach(thread);
	return CALL_ANSWERED;
}

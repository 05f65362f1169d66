// SPDX-License-Identifier: GPL-2.0-only
/*
 * release.c - waiting until a daemon has released an image.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "release.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* How long an opener waits for a daemon that has begun to end. */
#define ENDING_SECONDS 10
/* A daemon learns that it was unmounted a moment after the program that did. */
#define NOTICE_MS 300

#define BACKLOG 64

/* Fill in an abstract address; returns its length. */
static socklen_t release_address(struct sockaddr_un *address, const char *kind,
				 const char *what)
{
	int len;

	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	len = snprintf(address->sun_path + 1, sizeof(address->sun_path) - 1,
		       "lklfuse/%s/%s", kind, what);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1) +
		(socklen_t)len;
}

static void image_name(const struct stat *image, char *name, size_t size)
{
	if (S_ISBLK(image->st_mode))
		snprintf(name, size, "block-%" PRIx64,
			 (uint64_t)image->st_rdev);
	else
		snprintf(name, size, "%" PRIx64 "-%" PRIx64,
			 (uint64_t)image->st_dev, (uint64_t)image->st_ino);
}

static int listen_as(const char *kind, const char *what)
{
	struct sockaddr_un address;
	socklen_t len = release_address(&address, kind, what);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (bind(fd, (const struct sockaddr *)&address, len) < 0 ||
	    listen(fd, BACKLOG) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* A connection to a socket of @uid, our own or root; or -1. */
static int connect_to(const char *kind, const char *what, uid_t uid)
{
	struct sockaddr_un address;
	socklen_t len = release_address(&address, kind, what);
	struct ucred peer;
	socklen_t size = sizeof(peer);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			0);

	if (fd < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)&address, len) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 ||
	    (peer.uid && peer.uid != uid && peer.uid != getuid())) {
		close(fd);
		return -1;
	}
	return fd;
}

void release_listen(const struct stat *image, const char *device,
		    struct release_sockets *ret_sockets)
{
	char name[64];

	*ret_sockets = (struct release_sockets)RELEASE_SOCKETS_NONE;
	if (image) {
		image_name(image, name, sizeof(name));
		ret_sockets->open = listen_as("open", name);
		ret_sockets->mounted = listen_as("mounted", name);
	}
	ret_sockets->mount = listen_as("mount", device);
}

void release_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Closes @fd.  True if the other side has closed its socket in time. */
static bool wait_for_end(int fd, int ms)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	int ret;

	do
		ret = poll(&pollfd, 1, ms);
	while (ret < 0 && errno == EINTR);
	close(fd);
	return ret > 0;
}

bool release_wait(int fd, unsigned int seconds)
{
	return wait_for_end(fd, seconds ? (int)seconds * 1000 : -1);
}

bool release_wait_for_image(const struct stat *image)
{
	char name[64];
	int open_fd, mounted_fd;

	image_name(image, name, sizeof(name));
	/* The owner of an image may mount it. */
	open_fd = connect_to("open", name, image->st_uid);
	if (open_fd < 0)
		return false;
	mounted_fd = connect_to("mounted", name, image->st_uid);
	if (mounted_fd >= 0 && !wait_for_end(mounted_fd, NOTICE_MS)) {
		close(open_fd);
		return false;
	}
	return wait_for_end(open_fd, ENDING_SECONDS * 1000);
}

int release_watch_mount(const char *device, uid_t uid)
{
	return connect_to("mount", device, uid);
}

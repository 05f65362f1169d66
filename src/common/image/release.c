// SPDX-License-Identifier: GPL-2.0-only
/*
 * release.c - waiting until a daemon has released an image.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "release.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/cli/quote.h"
#include "common/error.h"
#include "common/monotonic.h"

/* How long an opener waits for a daemon that has begun to end. */
#define ENDING_SECONDS 10
/* A daemon learns that it was unmounted a moment after the program that did. */
#define NOTICE_MS 300
/* The same, where an error depends on it: the machine may be busy. */
#define LAST_UNMOUNT_MS 5000

#define BACKLOG 64

/* Fill in an abstract address; returns its length. */
static socklen_t release_address(struct sockaddr_un *address, const char *kind,
				 const char *what, unsigned int number)
{
	int len;

	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	len = snprintf(address->sun_path + 1, sizeof(address->sun_path) - 1,
		       "lklfuse/%s/%s/%u", kind, what, number);
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

/* A socket that listens under the first free number of a name, or -1. */
static int listen_as(const char *kind, const char *what)
{
	struct sockaddr_un address;
	unsigned int number;
	socklen_t len;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	for (number = 0; number < RELEASE_NAMES; number++) {
		len = release_address(&address, kind, what, number);
		if (!bind(fd, (const struct sockaddr *)&address, len) &&
		    !listen(fd, BACKLOG))
			return fd;
	}
	close(fd);
	return -1;
}

/* A connection to a socket of @uid, our own or root; or -1. */
static int connect_to(const char *kind, const char *what, unsigned int number,
		      uid_t uid, pid_t *ret_pid)
{
	struct sockaddr_un address;
	socklen_t len = release_address(&address, kind, what, number);
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
	*ret_pid = peer.pid;
	return fd;
}

/* Connect to all daemons that have a name.  True if there is one. */
static bool connect_to_all(const char *kind, const char *what, uid_t uid,
			   struct release_watch *ret_watch)
{
	unsigned int number;
	bool any = false;

	for (number = 0; number < RELEASE_NAMES; number++) {
		ret_watch->pids[number] = -1;
		ret_watch->fds[number] = connect_to(kind, what, number, uid,
						    &ret_watch->pids[number]);
		any |= ret_watch->fds[number] >= 0;
	}
	return any;
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
	ret_sockets->serving = listen_as("serving", device);
}

void release_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void watch_close(struct release_watch *watch)
{
	unsigned int i;

	for (i = 0; i < RELEASE_NAMES; i++)
		release_close(&watch->fds[i]);
}

/* Wait until the daemon closes its socket or sends something. */
static bool wait_for_one(int fd, int ms)
{
	long long end = monotonic_ms() + ms, left = ms;
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	int ret;

	do {
		if (ms >= 0)
			left = end > monotonic_ms() ? end - monotonic_ms() : 0;
		ret = poll(&pollfd, 1, (int)left);
	} while (ret < 0 && errno == EINTR);
	return ret > 0;
}

/*
 * Wait until all daemons have closed their sockets, at most @ms.  Closes @watch.
 * True if they have.
 */
static bool wait_for_end(struct release_watch *watch, int ms)
{
	long long end = monotonic_ms() + ms;
	bool ended = true;
	unsigned int i;

	for (i = 0; i < RELEASE_NAMES && ended; i++)
		if (watch->fds[i] >= 0)
			ended = wait_for_one(watch->fds[i], end > monotonic_ms() ?
					     (int)(end - monotonic_ms()) : 0);
	watch_close(watch);
	return ended;
}

/* ---- How the daemon has ended ---- */

/* Both as one message: a status and a sentence. */
struct ending {
	char status;			/* '0' or '1' */
	char text[RELEASE_TEXT_MAX];
};

/* The sentence may name files: it is for our own user and root. */
static bool may_know_text(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) &&
		(!peer.uid || peer.uid == getuid());
}

void release_tell(int listener, int status, const char *text)
{
	struct ending ending = { .status = status ? '1' : '0' };
	struct timeval patience = { .tv_sec = 1 };
	unsigned int served = 0;
	size_t len, used;
	int fd;

	len = (size_t)snprintf(ending.text, sizeof(ending.text), "%s", text);
	if (len >= sizeof(ending.text))
		len = sizeof(ending.text) - 1;
	len += offsetof(struct ending, text);
	if (fcntl(listener, F_SETFL, O_NONBLOCK) < 0)
		return;
	/* More cannot have connected before we began. */
	while (served <= BACKLOG &&
	       ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0 ||
		errno == ECONNABORTED || errno == EINTR)) {
		if (fd < 0)
			continue;
		served++;
		used = may_know_text(fd) ? len : offsetof(struct ending, text);
		/* Others do not wait for a program that reads nothing. */
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
			   sizeof(patience));
		if (send(fd, &ending, used, MSG_NOSIGNAL) < 0)
			shutdown(fd, SHUT_RDWR);
		close(fd);
	}
}

/* Waits for what release_tell() sends.  Without it, the daemon has died. */
static int read_ending(int fd, struct lkl_error *err)
{
	struct ending ending = { 0 };
	size_t len = 0;
	ssize_t n;

	do {
		wait_for_one(fd, -1);
		n = read(fd, (char *)&ending + len, sizeof(ending) - 1 - len);
		if (n > 0)
			len += (size_t)n;
	} while ((n > 0 && len < sizeof(ending) - 1) ||
		 (n < 0 && (errno == EINTR || errno == EAGAIN)));
	if (ending.status == '0')
		return 0;
	err->text[0] = '\0';
	if (ending.text[0])
		error_set(err, -EIO, "%s", quote_name(ending.text));
	return -EIO;
}

/* Whether the daemon @pid served when we connected; others were ending. */
static bool is_serving(const struct release_mount_watch *watch, pid_t pid)
{
	unsigned int i;

	for (i = 0; i < RELEASE_NAMES; i++)
		if (watch->serving.pids[i] == pid)
			return true;
	return false;
}

int release_wait(struct release_mount_watch *watch, struct lkl_error *err)
{
	struct release_watch *process = &watch->process;
	struct lkl_error text;
	int ret = -ENOTCONN, one;
	unsigned int i;

	/*
	 * The host has sent all data when the last unmount returns, and ends the
	 * connection.  So a daemon that goes on serves another mount.
	 */
	if (!wait_for_end(&watch->serving, LAST_UNMOUNT_MS)) {
		watch_close(process);
		return -EBUSY;
	}
	for (i = 0; i < RELEASE_NAMES; i++) {
		if (process->fds[i] < 0)
			continue;
		one = read_ending(process->fds[i], &text);
		/* An older daemon with the same number had another mount. */
		if (!is_serving(watch, process->pids[i]))
			continue;
		if (one < 0)
			*err = text;
		if (one < 0 || ret == -ENOTCONN)
			ret = one;
	}
	watch_close(process);
	return ret;
}

void release_unwatch(struct release_mount_watch *watch)
{
	watch_close(&watch->serving);
	watch_close(&watch->process);
}

bool release_wait_for_image(const struct stat *image)
{
	struct release_watch open_watch, mounted_watch;
	char name[64];

	image_name(image, name, sizeof(name));
	/* The owner of an image may mount it. */
	if (!connect_to_all("open", name, image->st_uid, &open_watch))
		return false;
	if (connect_to_all("mounted", name, image->st_uid, &mounted_watch) &&
	    !wait_for_end(&mounted_watch, NOTICE_MS)) {
		watch_close(&open_watch);
		return false;
	}
	return wait_for_end(&open_watch, ENDING_SECONDS * 1000);
}

void release_watch_mount(const char *device, uid_t uid,
			 struct release_mount_watch *ret_watch)
{
	connect_to_all("serving", device, uid, &ret_watch->serving);
	connect_to_all("mount", device, uid, &ret_watch->process);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * release.h - waiting until a daemon has released an image.
 *
 * A daemon that has unmounted still needs a moment to write everything to the
 * image and to close it.  It keeps abstract Unix sockets that listen, and
 * accepts no connection.  A program connects to one and waits for the end of
 * the connection, which the host's kernel reports when the socket is closed.
 *
 * Whoever is quick can take a name first.  So nothing depends on an answer but
 * how long somebody waits, and a socket of a third user is ignored.
 */
#ifndef TOOLS_RELEASE_H
#define TOOLS_RELEASE_H

#include <stdbool.h>
#include <sys/stat.h>

/* The sockets of a daemon; each is a descriptor or -1. */
struct release_sockets {
	int open;		/* until the image is closed */
	int mounted;		/* until the end begins */
	int mount;		/* until the process ends */
};

#define RELEASE_SOCKETS_NONE { -1, -1, -1 }

/*
 * release_listen - make the sockets of a daemon
 * @image: of the image; NULL: it is no file
 * @device: the device number of the mount, "MAJOR:MINOR"
 *
 * Failures leave -1: then nobody can wait.
 */
void release_listen(const struct stat *image, const char *device,
		    struct release_sockets *ret_sockets);

/* release_close - close one of the sockets */
void release_close(int *fd);

/*
 * release_wait_for_image - wait for a daemon that is about to release an image
 *
 * True if there was one and it has closed the image.  False if there is none,
 * or it goes on, or it takes too long.
 */
bool release_wait_for_image(const struct stat *image);

/*
 * release_watch_mount - a descriptor that reports POLLHUP when the daemon of a
 * mount has ended, or -1
 * @uid: the user that mounted
 */
int release_watch_mount(const char *device, uid_t uid);

/* release_wait - wait for that; closes @fd.  False after @seconds, 0: never */
bool release_wait(int fd, unsigned int seconds);

#endif /* TOOLS_RELEASE_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * release.h - waiting until a daemon has released an image.
 *
 * A daemon that has unmounted still needs a moment to write everything to the
 * image and to close it.  It keeps abstract Unix sockets that listen, and
 * accepts no connection.  A program connects to one and waits for the end of
 * the connection, which the host's kernel reports when the socket is closed.
 *
 * The host uses the device number of a mount again as soon as it is unmounted,
 * while the old daemon still has its socket.  So each name exists several times,
 * with a number behind it: a daemon takes the first free one, and a program waits
 * for all of them.
 *
 * The daemon's guardian, outside of the sandbox, has the socket for the end of the
 * process, too.  When the daemon has closed the image, or died, it accepts the
 * connections and sends each a status and a sentence.
 *
 * Another user can take all names first, and a program in another network
 * namespace finds none.  Then the daemon cannot be asked how it has ended, and
 * release_wait() fails.  A socket of a third user is ignored.
 */
#ifndef TOOLS_RELEASE_H
#define TOOLS_RELEASE_H

#include <stdbool.h>
#include <sys/stat.h>

#include <lkl.h>

/* The sockets of a daemon; each is a descriptor or -1. */
struct release_sockets {
	int open;		/* until the image is closed */
	int mounted;		/* until the end begins */
	int mount;		/* until the process ends */
	int serving;		/* until the end begins, named as @mount is */
};

#define RELEASE_SOCKETS_NONE { -1, -1, -1, -1 }

/* Daemons that may have a name at the same time. */
#define RELEASE_NAMES 8

/* Connections to daemons; -1: none. */
struct release_watch {
	int fds[RELEASE_NAMES];
	pid_t pids[RELEASE_NAMES];	/* of the daemons */
};

/* Connections to the daemons of a mount. */
struct release_mount_watch {
	struct release_watch serving;
	struct release_watch process;
};

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
 * release_watch_mount - connect to the daemons of a mount
 * @uid: the user that mounted
 *
 * Call this before the unmount, since a daemon may end at once.
 */
void release_watch_mount(const char *device, uid_t uid,
			 struct release_mount_watch *ret_watch);

/* Bytes of the sentence that release_tell() sends, and a zero. */
#define RELEASE_TEXT_MAX sizeof(((struct lkl_error *)NULL)->text)

/*
 * release_tell - send a status to all that have connected to @listener
 * @status: 0: everything is in the image
 * @text: why not; may be empty; only our own user and root get it
 */
void release_tell(int listener, int status, const char *text);

/*
 * release_wait - wait until the watched daemons have ended
 *
 * Closes @watch.  A daemon that is writing to the image is waited for, however
 * long that takes.  0, or
 * -ENOTCONN: no daemon of the mount could be reached
 * -EBUSY: one goes on, because its file system is mounted elsewhere, too
 * -EIO: not everything is in the image.  @err is the daemon's sentence, or empty
 *	 if it ended without a word.
 */
int release_wait(struct release_mount_watch *watch, struct lkl_error *err);

/* release_unwatch - close @watch without waiting */
void release_unwatch(struct release_mount_watch *watch);

#endif /* TOOLS_RELEASE_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * session.h - open an image, mount the file system in it, and undo both.
 *
 * A process has one kernel, so it can have one session at a time.
 */
#ifndef TOOLS_SESSION_H
#define TOOLS_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "common/cli/common-options.h"

/*
 * The image is opened for reading and its bytes do not change.  The kernel
 * still gets a writable disk: an overlay in memory takes the writes.  So the
 * kernel can replay a dirty journal instead of refusing to mount.
 */
#define SESSION_READ_ONLY 0x1u

/*
 * With --system, a file system that would show files of another one again is not
 * mounted: the caller caches files, and could not keep two views of one alike.
 */
#define SESSION_EACH_FILE_ONCE 0x2u

struct sandbox_options;
struct volume;
struct session;
struct stat;

/*
 * session_open - open and probe the image, start the kernel, mount
 * @options: must outlive the session
 * @err: one sentence that names the image, the step and the kernel's reason
 *
 * Returns 0 or -errno.  On success the caller owns *@ret_session.
 */
int session_open(const char *image, const struct common_options *options,
		 unsigned int flags, struct session **ret_session,
		 struct lkl_error *err);

/*
 * session_prepare, session_mount - the two steps of session_open()
 *
 * session_prepare() opens and locks the image and reads nothing of it.
 * session_mount() reads its metadata, probes it, starts the kernel and mounts;
 * it opens no file of the host, but a guardian opens those that the image
 * names, if the user allows that.  A tool
 * enters its sandbox between the two.  The caller closes the session even if
 * session_mount() fails.
 */
int session_prepare(const char *image, const struct common_options *options,
		    unsigned int flags, struct session **ret_session,
		    struct lkl_error *err);
int session_mount(struct session *session, struct lkl_error *err);

/*
 * session_discover - find the volumes, in place of session_mount()
 * @ret_storage: the session's, until session_close()
 *
 * Nothing is mounted.  See common/storage/volume.h.
 */
struct storage;
int session_discover(struct session *session, struct storage **ret_storage,
		     struct lkl_error *err);

/*
 * session_before_mount - have session_mount() call a function with the disk
 * @node: the disk's block device, inside the kernel
 *
 * It runs after the disk was added to the kernel, and may write to it.  It
 * returns 0, or -errno with a sentence, and then nothing is mounted.
 */
typedef int session_disk_fn(void *opaque, const char *node,
			    struct lkl_error *err);
void session_before_mount(struct session *session, session_disk_fn *function,
			  void *opaque);

/*
 * session_confine - enter the strictest sandbox in which session_mount() works
 *
 * For tools that open no file of the host afterwards.  As
 * session_enter_sandbox().
 */
int session_confine(const struct session *session, struct lkl_error *err);

/*
 * session_enter_sandbox - enter the sandbox in the mode that --sandbox says
 * @options: all but "best", which this sets
 *
 * Does nothing if the mode is SANDBOX_NONE.  With --verbose it says which
 * layers are in effect.
 */
int session_enter_sandbox(const struct session *session,
			  struct sandbox_options *options,
			  struct lkl_error *err);

/*
 * session_close - unmount, halt the kernel, close the image
 *
 * Always frees @session.  An error means that some written data may be
 * missing in the image.
 */
int session_close(struct session *session, struct lkl_error *err);

/* The path of the mounted root directory, inside the kernel. */
const char *session_root(const struct session *session);

/*
 * What is mounted with --system, the root first.  Without --system there are no such
 * mounts.
 */
struct session_mount {
	char *path;			/* "/home" */
	char *options;			/* of the file system, from the system */
	const char *type;		/* as session_type() */
	const struct volume *volume;	/* the session's */
	bool read_only;			/* the system says so */
	uint64_t id;			/* STATX_MNT_ID_UNIQUE */
};

unsigned int session_mount_count(const struct session *session);
const struct session_mount *session_mount_at(const struct session *session,
					     unsigned int i);

/* session_mount_has - is there a word among the kernel's options of a mount? */
bool session_mount_has(const struct session_mount *mount, const char *word);

/*
 * session_mount_open - open the root directory of a mount
 *
 * Also after chroot() to the session's root.  A descriptor of the kernel inside that
 * the caller closes, or -errno.
 */
int session_mount_open(const struct session_mount *mount);

/*
 * session_sync_below - syncfs() for all mounts but the root: 0 or the first -errno
 */
int session_sync_below(const struct session *session);

/* session_add_space - add the bytes and used bytes of all mounts but the root */
void session_add_space(const struct session *session, uint64_t *bytes,
		       uint64_t *used);

/* session_type - the kernel's name for the mounted file system */
const char *session_type(const struct session *session);

/* session_stat - the image as stat() showed it; NULL if it is no file */
const struct stat *session_stat(const struct session *session);

/* Is the file that fstat() describes the image itself? */
bool session_is_image(const struct session *session, const struct stat *st);

/*
 * Does the image need sockets that session_prepare() has connected?  True if
 * the image, or a file that it names, may be on an NBD server or be served by
 * qemu-nbd.
 */
bool session_uses_sockets(const struct session *session);

/*
 * session_host_failure - whether the host has failed to read or write the image
 *
 * The kernel saw only -EIO.  Fills @reason and returns true if so.
 */
bool session_host_failure(const struct session *session,
			  struct lkl_error *reason);

/*
 * session_compresses - whether a mount option makes the file system compress
 *
 * Direct I/O is written as it is.
 */
bool session_compresses(const struct session *session);

/*
 * The number of errors in the kernel's log so far.  For some damage a file
 * system logs an error and returns success.
 */
unsigned int session_kernel_errors(void);

/* The message of the kernel's panic; NULL if it has not panicked. */
const char *session_panic(void);

/*
 * session_ends - whether a failed call is the end of all, not of one file
 *
 * A kernel that has stopped answers -ENXIO, but so does open() of a socket, or of
 * a fifo without a reader.
 */
bool session_ends(int code);

#endif /* TOOLS_SESSION_H */

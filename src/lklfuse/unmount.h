/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * unmount.h - unmounting, by the guardian of a daemon or for --unmount, and
 * telling who waits how the daemon has ended.
 *
 * The guardian unmounts when it is told to, or when the daemon has died.  Without
 * root that takes fusermount3, which a sandboxed process cannot start.  It lives
 * until the daemon has closed the image, and answers the questions of callers.h
 * meanwhile.
 */
#ifndef LKLFUSE_UNMOUNT_H
#define LKLFUSE_UNMOUNT_H

#include <stdbool.h>

#include <lkl.h>

#include "common/sandbox/guardian.h"

/*
 * mount_end - unmount and wait until the daemon has ended
 * @lazy: unmount even if it is in use; then this does not wait
 *
 * Fails, too, if the daemon says that not everything is in the image, or ends
 * without a word.
 */
int mount_end(const char *mountpoint, bool lazy, struct lkl_error *err);

/*
 * unmounter_start - start the guardian that unmounts
 * @mountpoint: an absolute path, copied
 *
 * To be called before anything is mounted.
 */
int unmounter_start(const char *mountpoint, struct guardian **ret_guardian,
		    struct lkl_error *err);

/*
 * unmounter_set_mount - say which mount is ours, and where others wait for the end
 * @device: the device number of the mount, or empty if it is not known: then the
 *	    guardian unmounts only when the daemon has died
 * @fd: listens, see release.h; the guardian gets a copy; -1: none
 *
 * To be called once, before the sandbox is entered.
 */
void unmounter_set_mount(struct guardian *guardian, const char *device, int fd);

/*
 * unmounter_unmount - have the guardian unmount
 * @mountpoint: for the message
 *
 * 0, UNMOUNT_BUSY or -errno.
 */
int unmounter_unmount(struct guardian *guardian, const char *mountpoint,
		      struct lkl_error *err);

/*
 * The mount was in use.  The host has handed over its cached data and has freed
 * the mount point, but files are still open.
 */
#define UNMOUNT_BUSY 1

/*
 * unmounter_finish - have the guardian tell who waits how the daemon has ended
 * @status: the exit status of the daemon, which has closed the image
 * @text: why it is not 0; may be empty
 *
 * It does so when this process has ended.
 */
void unmounter_finish(struct guardian *guardian, int status, const char *text);

#endif /* LKLFUSE_UNMOUNT_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * background.h - going into the background, in two phases.
 *
 * The process forks before it mounts.  The parent waits until the file system
 * answers or has failed, and its exit status says which.
 */
#ifndef LKLFUSE_BACKGROUND_H
#define LKLFUSE_BACKGROUND_H

#include <stdbool.h>

#include <lkl.h>

/*
 * background_begin - fork, unless @foreground is set; returns in the child
 *
 * It also connects to the service manager's socket if NOTIFY_SOCKET is set.
 */
int background_begin(bool foreground, struct lkl_error *err);

/*
 * background_leave_terminal - leave the terminal and its signals
 *
 * To be called soon after background_begin().  A process that was started between
 * the two can still ask the user.  In the foreground it does nothing.
 */
void background_leave_terminal(void);

/* background_forget_inherited - somebody else closes this descriptor */
void background_forget_inherited(int fd);

/*
 * background_close_inherited - close descriptors above 2 that were open when
 * background_begin() was called
 *
 * To be called after the image is open: its name may be /dev/fd/N.  In the
 * foreground it does nothing.
 */
void background_close_inherited(void);

/*
 * background_ready - report that the file system answers
 *
 * The parent exits, and this process closes the terminal.  Any thread may call
 * it.  False if the parent was killed, so that nobody wants the mount.
 */
bool background_ready(void);

/* background_is_orphaned - whether the parent was killed before it was ready */
bool background_is_orphaned(void);

/* background_failed - report a failure; the parent prints @text */
void background_failed(const char *text);

/* background_stopping - tell the service manager that the daemon is ending */
void background_stopping(void);

#endif /* LKLFUSE_BACKGROUND_H */

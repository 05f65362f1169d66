/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * background.h - into the background, in two phases: the parent stays until
 * the file system answers, and its exit status tells whether it does.
 */
#ifndef LKLFUSE_BACKGROUND_H
#define LKLFUSE_BACKGROUND_H

#include <stdbool.h>

#include <lkl.h>

/*
 * background_begin - fork, unless @foreground; returns in the child
 *
 * Connects to the service manager's socket, too, if there is one.
 */
int background_begin(bool foreground, struct lkl_error *err);

/*
 * background_ready - the file system answers
 *
 * Lets the parent go, and the terminal.  Any thread may call it.
 */
void background_ready(void);

/* background_failed - it will not; the parent shows @text. */
void background_failed(const char *text);

/* The end has begun: tell the service manager. */
void background_stopping(void);

#endif /* LKLFUSE_BACKGROUND_H */

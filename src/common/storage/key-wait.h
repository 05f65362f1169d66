/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * key-wait.h - waiting that a signal ends, without a moment in which a signal is
 * lost.
 *
 * The guardian of keys waits for a terminal, a pipe or a process.  Between
 * key_wait_begin() and key_wait_end() its signals are blocked except while it
 * waits.
 */
#ifndef STORAGE_KEY_WAIT_H
#define STORAGE_KEY_WAIT_H

#include <stdbool.h>

/* Signals that end a program: SIGINT, SIGTERM, SIGHUP and SIGQUIT. */
void key_wait_begin(void);
void key_wait_end(void);

/* For a child that runs another program: signals have their usual meaning. */
void key_wait_reset(void);

/* Wait until a read from @fd does not block: 0, -EINTR or another -errno. */
int key_wait_readable(int fd);

#endif /* STORAGE_KEY_WAIT_H */

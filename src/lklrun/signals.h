/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * signals.h - signals of lklrun itself: most go on to the program.
 *
 * They are blocked, and read from a descriptor.
 */
#ifndef LKLRUN_SIGNALS_H
#define LKLRUN_SIGNALS_H

#include <stdbool.h>
#include <sys/types.h>

#include <lkl.h>

/* signals_remember - before session_prepare(), which ignores SIGXFSZ */
void signals_remember(void);

/* signals_init - block them; before the program is forked */
int signals_init(struct lkl_error *err);

/* signals_restore - in the child: undo signals_init() and session_prepare() */
void signals_restore(void);

/* signals_fd - readable when there is one */
int signals_fd(void);

/*
 * signals_read - forward the signals of this process to @pid
 *
 * Except those of a terminal, which has sent them to the program, too.  Returns true
 * after SIGCHLD.
 */
bool signals_read(pid_t pid);

#endif /* LKLRUN_SIGNALS_H */

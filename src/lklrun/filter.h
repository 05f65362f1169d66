/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * filter.h - the filter that stops the program's system calls.
 */
#ifndef LKLRUN_FILTER_H
#define LKLRUN_FILTER_H

#include <stdbool.h>

/* The call of the loader (loader/); no system call has this number. */
#define FILTER_LOADER_CALL 0x4c4b4c

/*
 * filter_install - load the filter into the calling process
 *
 * Returns the descriptor of the notifications, or -errno.  The process has
 * no_new_privs afterwards.
 */
int filter_install(void);

#endif /* LKLRUN_FILTER_H */

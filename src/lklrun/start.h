/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * start.h - starts the program, stopped by the filter.
 */
#ifndef LKLRUN_START_H
#define LKLRUN_START_H

#include <stdbool.h>
#include <sys/types.h>

#include <lkl.h>

#define START_NOT_EXECUTABLE	126	/* as env(1) and chroot(1) have it */
#define START_NOT_FOUND		127

struct child {
	pid_t pid;
	int listener;			/* of the notifications */
	int go;				/* written to when all is ready */
};

/*
 * start_child - fork the program's first process
 *
 * It has the filter and waits for start_go().  The caller has one thread.
 */
int start_child(char **program, struct child *ret_child, struct lkl_error *err);

/*
 * start_go - let it execute the program
 *
 * @as_root: it is root in the image, and finds root's programs by PATH.
 */
void start_go(struct child *child, bool as_root);

#endif /* LKLRUN_START_H */

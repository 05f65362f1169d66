/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * start.h - starts the program, stopped by the filter.
 */
#ifndef LKLRUN_START_H
#define LKLRUN_START_H

#include <stdbool.h>
#include <sys/types.h>

#include <lkl.h>

#define START_FAILED		125	/* lklrun itself, as env(1) has it */
#define START_NOT_EXECUTABLE	126	/* as env(1) and chroot(1) have it */
#define START_NOT_FOUND		127

struct transport;

/* --catch */
enum start_catch {
	CATCH_AUTO,			/* by ptrace if the other way is refused */
	CATCH_NOTIFY,
	CATCH_PTRACE,
};

struct child {
	pid_t pid;
	const struct transport *transport;
	int listener;			/* of the notifications; -1: by ptrace */
	int refused;			/* why there are none: -errno, or 0 */
	int go;				/* written to when all is ready */
};

/*
 * start_child - fork the program's first process
 *
 * It has the filter and waits for start_go(); then it enters @directory, or NULL.  Call
 * this before there are threads.
 */
int start_child(char **program, const char *directory, enum start_catch how,
		struct child *ret_child, struct lkl_error *err);

/* start_explain - the sentence about struct child's refused */
const char *start_explain(int refused);

/*
 * start_go - let it execute the program
 *
 * @as_root: it is root in the image, and finds root's programs by PATH.
 */
void start_go(struct child *child, bool as_root);

#endif /* LKLRUN_START_H */

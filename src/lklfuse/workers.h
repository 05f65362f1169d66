/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * workers.h - the threads that answer requests.
 */
#ifndef LKLFUSE_WORKERS_H
#define LKLFUSE_WORKERS_H

#include <stdbool.h>

#include <lkl.h>

struct fuse_session;
struct workers;

/*
 * workers_prepare - open what @n workers need, which a sandbox may not allow
 * later
 */
int workers_prepare(struct fuse_session *session, unsigned int n,
		    struct workers **ret_workers, struct lkl_error *err);

/*
 * workers_start - begin to answer
 * @done: called once, in one of them, when the host has unmounted the file
 *	  system or it cannot go on (negative errno)
 */
int workers_start(struct workers *workers, void (*done)(int error),
		  struct lkl_error *err);

/*
 * workers_drain - wait until all that the host has cached is taken
 *
 * Programs that still use the file system get errors.
 */
void workers_drain(struct workers *workers);

/* workers_stop - end the threads, once nothing is left to be answered. */
void workers_stop(struct workers *workers);

void workers_free(struct workers *workers);

#endif /* LKLFUSE_WORKERS_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * workers.h - the worker threads, which answer requests.
 */
#ifndef LKLFUSE_WORKERS_H
#define LKLFUSE_WORKERS_H

#include <stdbool.h>

#include <lkl.h>

struct fuse_session;
struct rings;
struct workers;

/*
 * workers_prepare - open the devices of @n workers
 * @rings: prepared; the workers own them if this succeeds.  NULL: none
 *
 * To be called before the sandbox forbids opening.
 */
int workers_prepare(struct fuse_session *session, unsigned int n,
		    struct rings *rings, struct workers **ret_workers,
		    struct lkl_error *err);

/*
 * workers_start - start the threads
 * @done: called once, in a worker: with 0 when the host has unmounted the file
 *	  system, with -errno when the workers cannot go on
 */
int workers_start(struct workers *workers, void (*done)(int error),
		  struct lkl_error *err);

/*
 * workers_drain - wait until the host has written back its cached data
 *
 * Programs that still use the file system get ENOTCONN.
 */
void workers_drain(struct workers *workers);

/* workers_stop - end the threads when they have answered what they have read */
void workers_stop(struct workers *workers);

void workers_free(struct workers *workers);

#endif /* LKLFUSE_WORKERS_H */

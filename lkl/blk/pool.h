/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pool.h - a pool of threads for requests that may wait.
 */
#ifndef LKL_BLK_POOL_H
#define LKL_BLK_POOL_H

#include <pthread.h>

struct pool;

/*
 * A job, embedded in the caller's own struct.  It belongs to the pool from
 * pool_submit() until @run is called.
 */
struct pool_job {
	void (*run)(struct pool_job *job);
	struct pool_job *next;
};

/*
 * pool_create - make a pool without threads; NULL if out of memory
 *
 * The caller owns it and ends it with pool_destroy().
 */
struct pool *pool_create(void);

/* pool_destroy - run all submitted jobs, then end the threads */
void pool_destroy(struct pool *pool);

/*
 * pool_submit - let one of the threads run @job
 *
 * Jobs start in the order of submission and run in parallel.  If no thread can
 * be created, the caller runs @job before this returns.  Thread-safe.
 */
void pool_submit(struct pool *pool, struct pool_job *job);

/*
 * pool_start_thread - start a thread that takes no signals of the program
 *
 * Returns 0 or -errno.  The caller joins or detaches the thread.
 */
int pool_start_thread(pthread_t *ret_thread, void *(*run)(void *), void *arg);

#endif /* LKL_BLK_POOL_H */

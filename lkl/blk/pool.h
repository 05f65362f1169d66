/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pool.h - a few threads for work that waits.
 */
#ifndef LKL_BLK_POOL_H
#define LKL_BLK_POOL_H

struct pool;

/* Embedded in what is to be done; belongs to the pool until @run is called. */
struct pool_job {
	void (*run)(struct pool_job *job);
	struct pool_job *next;
};

/* pool_create - a pool without threads yet; NULL if out of memory */
struct pool *pool_create(void);

/* pool_destroy - end its threads once all that was submitted was run */
void pool_destroy(struct pool *pool);

/*
 * pool_submit - have @job run by one of the threads
 *
 * Jobs are begun in the order of submission and run beside each other.  If
 * not even one thread can be had, @job runs here and now.  Thread-safe.
 */
void pool_submit(struct pool *pool, struct pool_job *job);

#endif /* LKL_BLK_POOL_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * pool.c - a pool of threads for requests that may wait.
 *
 * A job for which no thread is free starts a new one, up to a limit.  Threads
 * stay until the pool is destroyed.  An idle pool sleeps.
 */
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

#include "pool.h"

/* Enough to keep a disk busy. */
#define POOL_THREADS	8u
#define POOL_STACK	(256u << 10)

struct pool {
	/*
	 * Counts the jobs, and one more for each thread when the pool ends.
	 * Not a condition variable: before 2.41, glibc loses wake-ups if
	 * several threads wait for one.
	 */
	sem_t work;
	pthread_mutex_t lock;		/* guards all fields below */
	struct pool_job *first, **last;
	unsigned int queued;		/* jobs from first to last */
	unsigned int waiting;		/* threads without a job */
	unsigned int n;			/* threads */
	pthread_t threads[POOL_THREADS];
};

/* Wait for the next job; NULL when the pool ends. */
static struct pool_job *pool_next_job(struct pool *pool)
{
	struct pool_job *job;

	pthread_mutex_lock(&pool->lock);
	pool->waiting++;
	pthread_mutex_unlock(&pool->lock);
	while (sem_wait(&pool->work))
		;
	pthread_mutex_lock(&pool->lock);
	pool->waiting--;
	job = pool->first;
	if (job) {
		pool->queued--;
		pool->first = job->next;
		if (!pool->first)
			pool->last = &pool->first;
	}
	pthread_mutex_unlock(&pool->lock);
	return job;
}

static void *pool_run_jobs(void *arg)
{
	struct pool_job *job;

	while ((job = pool_next_job(arg)))
		job->run(job);
	return NULL;
}

int pool_start_thread(pthread_t *ret_thread, void *(*run)(void *), void *arg)
{
	sigset_t all, old;
	pthread_attr_t attr;
	int ret;

	/* The program handles its signals itself, except faults of the thread. */
	sigfillset(&all);
	sigdelset(&all, SIGSEGV);
	sigdelset(&all, SIGBUS);
	sigdelset(&all, SIGFPE);
	sigdelset(&all, SIGILL);
	ret = -pthread_attr_init(&attr);
	if (ret)
		return ret;
	pthread_attr_setstacksize(&attr, POOL_STACK);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	ret = -pthread_create(ret_thread, &attr, run, arg);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	return ret;
}

void pool_submit(struct pool *pool, struct pool_job *job)
{
	bool alone;

	pthread_mutex_lock(&pool->lock);
	if (pool->queued >= pool->waiting && pool->n < POOL_THREADS)
		pool->n += !pool_start_thread(&pool->threads[pool->n],
					      pool_run_jobs, pool);
	alone = !pool->n;
	if (!alone) {
		job->next = NULL;
		*pool->last = job;
		pool->last = &job->next;
		pool->queued++;
	}
	pthread_mutex_unlock(&pool->lock);
	if (!alone)
		sem_post(&pool->work);
	else
		job->run(job);
}

struct pool *pool_create(void)
{
	struct pool *pool = calloc(1, sizeof(*pool));

	if (!pool)
		return NULL;
	pthread_mutex_init(&pool->lock, NULL);
	sem_init(&pool->work, 0, 0);
	pool->last = &pool->first;
	return pool;
}

void pool_destroy(struct pool *pool)
{
	unsigned int i;

	if (!pool)
		return;
	for (i = 0; i < pool->n; i++)
		sem_post(&pool->work);
	for (i = 0; i < pool->n; i++)
		pthread_join(pool->threads[i], NULL);
	sem_destroy(&pool->work);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

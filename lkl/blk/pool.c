// SPDX-License-Identifier: GPL-2.0-only
/*
 * pool.c - a few threads for work that waits.
 *
 * Threads are made when there is work that none of those there are free for,
 * and stay.  An idle pool sleeps.
 */
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

#include "pool.h"

/* Enough to keep a disk busy; what waits most is cheap to have waiting. */
#define POOL_THREADS	8u
#define POOL_STACK	(256u << 10)

struct pool {
	/*
	 * Counts the jobs, and one for each thread at the end.  A condition
	 * variable would do if glibc before 2.41 did not lose wake-ups where
	 * several threads wait.
	 */
	sem_t work;
	pthread_mutex_t lock;		/* protects all of the following */
	struct pool_job *first, **last;
	unsigned int queued;		/* jobs from first to last */
	unsigned int waiting;		/* threads that have nothing to do */
	unsigned int n;			/* threads */
	pthread_t threads[POOL_THREADS];
};

/* The next job, or NULL when there will be no more. */
static struct pool_job *next_job(struct pool *pool)
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

static void *run_jobs(void *arg)
{
	struct pool_job *job;

	while ((job = next_job(arg)))
		job->run(job);
	return NULL;
}

static void add_thread(struct pool *pool)
{
	sigset_t all, old;
	pthread_attr_t attr;

	/* Signals are the program's business, but for its own faults. */
	sigfillset(&all);
	sigdelset(&all, SIGSEGV);
	sigdelset(&all, SIGBUS);
	sigdelset(&all, SIGFPE);
	sigdelset(&all, SIGILL);
	if (pthread_attr_init(&attr))
		return;
	pthread_attr_setstacksize(&attr, POOL_STACK);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	if (!pthread_create(&pool->threads[pool->n], &attr, run_jobs, pool))
		pool->n++;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
}

void pool_submit(struct pool *pool, struct pool_job *job)
{
	bool alone;

	pthread_mutex_lock(&pool->lock);
	if (pool->queued >= pool->waiting && pool->n < POOL_THREADS)
		add_thread(pool);
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

// SPDX-License-Identifier: GPL-2.0-only
/*
 * early.c - let the host write to its disk while the copy goes on.
 *
 * What is written to an image is in the host's page cache first, and the host
 * is in no hurry with it: some hundred MiB would be left for the flush at the
 * end, and the disk have nothing to do until then.  A thread asks for it now
 * and then, since asking takes as long as the disk's queue is full.
 *
 * This is no flush: nothing depends on it, and its errors are those of the
 * flush as well.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE			/* sync_file_range */
#endif
#include "early.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Metadata of the file system in the image, which changes all the time, is
 * written as often as this.
 */
#define STEP (32ull << 20)

struct early {
	int fd;
	uint64_t noted;			/* bytes, when the thread was woken */
	pthread_t thread;
	bool has_thread;
	pthread_mutex_t lock;		/* of what is below */
	pthread_cond_t changed;
	bool wanted, ended;
};

static void *write_out(void *opaque)
{
	struct early *early = opaque;

	pthread_mutex_lock(&early->lock);
	for (;;) {
		while (!early->wanted && !early->ended)
			pthread_cond_wait(&early->changed, &early->lock);
		if (early->ended)
			break;
		early->wanted = false;
		pthread_mutex_unlock(&early->lock);
		sync_file_range(early->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
		pthread_mutex_lock(&early->lock);
	}
	pthread_mutex_unlock(&early->lock);
	return NULL;
}

struct early *early_open(const char *path)
{
	struct early *early;
	struct stat st;
	int fd;

	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	early = fstat(fd, &st) < 0 ||
		!(S_ISREG(st.st_mode) || S_ISBLK(st.st_mode)) ? NULL :
		calloc(1, sizeof(*early));
	if (!early) {
		close(fd);
		return NULL;
	}
	early->fd = fd;
	pthread_mutex_init(&early->lock, NULL);
	pthread_cond_init(&early->changed, NULL);
	return early;
}

/* Signals are for the thread that copies: they have to end its waiting. */
static void start(struct early *early)
{
	sigset_t all, old;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	early->has_thread = !pthread_create(&early->thread, NULL, write_out,
					    early);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

void early_note(struct early *early, uint64_t bytes)
{
	if (!early || bytes - early->noted < STEP)
		return;
	early->noted = bytes;
	if (!early->has_thread)
		start(early);
	pthread_mutex_lock(&early->lock);
	early->wanted = true;
	pthread_cond_signal(&early->changed);
	pthread_mutex_unlock(&early->lock);
}

void early_close(struct early *early)
{
	if (!early)
		return;
	if (early->has_thread) {
		pthread_mutex_lock(&early->lock);
		early->ended = true;
		pthread_cond_signal(&early->changed);
		pthread_mutex_unlock(&early->lock);
		pthread_join(early->thread, NULL);
	}
	pthread_cond_destroy(&early->changed);
	pthread_mutex_destroy(&early->lock);
	close(early->fd);
	free(early);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * writeback.c - starts the host's writeback of the image during the copy.
 *
 * The host leaves an image's dirty pages in its page cache for a while.  Some
 * hundred MiB would wait for the flush at the end, and the disk would be idle
 * until then.  So a thread starts writeback now and then.  It is a thread of
 * its own because the call blocks while the disk's queue is full.
 *
 * Nothing depends on this.  The flush at the end reports the same errors.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE			/* sync_file_range */
#endif
#include "writeback.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/quiet-thread.h"

/*
 * Bytes copied between two calls.  Each call also writes metadata of the file
 * system in the image, which will soon change again.
 */
#define STEP (32ull << 20)

struct writeback {
	int fd;
	uint64_t noted;			/* bytes, when the thread was woken */
	pthread_t thread;
	bool has_thread;
	pthread_mutex_t lock;		/* of what is below */
	pthread_cond_t changed;
	bool wanted, ended;
};

static void *writeback_thread(void *opaque)
{
	struct writeback *writeback = opaque;

	pthread_mutex_lock(&writeback->lock);
	for (;;) {
		while (!writeback->wanted && !writeback->ended)
			pthread_cond_wait(&writeback->changed, &writeback->lock);
		if (writeback->ended)
			break;
		writeback->wanted = false;
		pthread_mutex_unlock(&writeback->lock);
		sync_file_range(writeback->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
		pthread_mutex_lock(&writeback->lock);
	}
	pthread_mutex_unlock(&writeback->lock);
	return NULL;
}

struct writeback *writeback_open(const char *path)
{
	struct writeback *writeback;
	struct stat st;
	int fd;

	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	writeback = fstat(fd, &st) < 0 ||
		!(S_ISREG(st.st_mode) || S_ISBLK(st.st_mode)) ? NULL :
		calloc(1, sizeof(*writeback));
	if (!writeback) {
		close(fd);
		return NULL;
	}
	writeback->fd = fd;
	pthread_mutex_init(&writeback->lock, NULL);
	pthread_cond_init(&writeback->changed, NULL);
	return writeback;
}

void writeback_note(struct writeback *writeback, uint64_t bytes)
{
	if (!writeback || bytes - writeback->noted < STEP)
		return;
	writeback->noted = bytes;
	if (!writeback->has_thread)
		writeback->has_thread = !quiet_thread_create(&writeback->thread,
						writeback_thread, writeback);
	pthread_mutex_lock(&writeback->lock);
	writeback->wanted = true;
	pthread_cond_signal(&writeback->changed);
	pthread_mutex_unlock(&writeback->lock);
}

void writeback_close(struct writeback *writeback)
{
	if (!writeback)
		return;
	if (writeback->has_thread) {
		pthread_mutex_lock(&writeback->lock);
		writeback->ended = true;
		pthread_cond_signal(&writeback->changed);
		pthread_mutex_unlock(&writeback->lock);
		pthread_join(writeback->thread, NULL);
	}
	pthread_cond_destroy(&writeback->changed);
	pthread_mutex_destroy(&writeback->lock);
	close(writeback->fd);
	free(writeback);
}

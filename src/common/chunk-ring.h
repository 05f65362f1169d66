/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * chunk-ring.h - hands bytes from a thread to the one that started it.
 *
 * The thread, the producer, copies bytes into chunks.  The consumer takes a chunk
 * at a time.
 */
#ifndef TOOLS_CHUNK_RING_H
#define TOOLS_CHUNK_RING_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include <lkl.h>

#define CHUNK_SIZE	(256u << 10)
#define CHUNKS		6u

struct chunk {
	char *data;
	size_t len;
};

struct chunk_ring {
	int (*produce)(void *opaque);
	void *opaque;
	pthread_t thread;
	bool has_thread;
	bool holds_chunk;		/* the consumer uses chunks[tail] */

	/* All that follows is under @lock, which callers may use, too. */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct chunk chunks[CHUNKS];
	unsigned int tail, filled;
	bool ended;			/* the producer adds nothing more */
	bool cancelled;			/* the consumer wants nothing more */
	int error;			/* of the producer */
};

/*
 * chunk_ring_start - start the producer
 * @produce: runs in a thread, which gets no signals; returns 0 or -errno
 *
 * chunk_ring_stop() is needed even after an error.
 */
int chunk_ring_start(struct chunk_ring *ring, int (*produce)(void *opaque),
		     void *opaque, struct lkl_error *err);

/* The producer copies data into the ring.  False if nobody wants it. */
bool chunk_ring_write(struct chunk_ring *ring, const char *data, size_t len);

/*
 * chunk_ring_read - take the next chunk, until the call after this
 *
 * Returns 1, 0 at the end, or the -errno of the producer.
 */
int chunk_ring_read(struct chunk_ring *ring, struct chunk *ret_chunk);

/* Ends the thread and frees the chunks, but not @ring. */
void chunk_ring_stop(struct chunk_ring *ring);

#endif /* TOOLS_CHUNK_RING_H */

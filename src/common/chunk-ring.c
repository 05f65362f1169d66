// SPDX-License-Identifier: GPL-2.0-only
/*
 * chunk-ring.c - hands bytes from a thread to the one that started it.
 */
#include "chunk-ring.h"

#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/quiet-thread.h"

bool chunk_ring_write(struct chunk_ring *ring, const char *data, size_t len)
{
	struct chunk *chunk;
	size_t n;

	while (len) {
		pthread_mutex_lock(&ring->lock);
		while (ring->filled == CHUNKS && !ring->cancelled)
			pthread_cond_wait(&ring->changed, &ring->lock);
		if (ring->cancelled) {
			pthread_mutex_unlock(&ring->lock);
			return false;
		}
		chunk = &ring->chunks[(ring->tail + ring->filled) % CHUNKS];
		pthread_mutex_unlock(&ring->lock);
		/* Nobody else looks at a chunk that is not filled. */
		n = len < CHUNK_SIZE ? len : CHUNK_SIZE;
		memcpy(chunk->data, data, n);
		chunk->len = n;
		data += n;
		len -= n;
		pthread_mutex_lock(&ring->lock);
		ring->filled++;
		pthread_cond_signal(&ring->changed);
		pthread_mutex_unlock(&ring->lock);
	}
	return true;
}

int chunk_ring_read(struct chunk_ring *ring, struct chunk *ret_chunk)
{
	int ret = 0;

	pthread_mutex_lock(&ring->lock);
	if (ring->holds_chunk) {
		ring->tail = (ring->tail + 1) % CHUNKS;
		ring->filled--;
		ring->holds_chunk = false;
		pthread_cond_signal(&ring->changed);
	}
	while (!ring->filled && !ring->ended)
		pthread_cond_wait(&ring->changed, &ring->lock);
	if (ring->filled) {
		*ret_chunk = ring->chunks[ring->tail];
		ring->holds_chunk = true;
		ret = 1;
	} else {
		ret = ring->error;
	}
	pthread_mutex_unlock(&ring->lock);
	return ret;
}

static void *producer_thread(void *opaque)
{
	struct chunk_ring *ring = opaque;
	int ret = ring->produce(ring->opaque);

	pthread_mutex_lock(&ring->lock);
	ring->error = ret;
	ring->ended = true;
	pthread_cond_signal(&ring->changed);
	pthread_mutex_unlock(&ring->lock);
	return NULL;
}

int chunk_ring_start(struct chunk_ring *ring, int (*produce)(void *opaque),
		     void *opaque, struct lkl_error *err)
{
	unsigned int i;
	int ret;

	*ring = (struct chunk_ring){ .produce = produce, .opaque = opaque };
	pthread_mutex_init(&ring->lock, NULL);
	pthread_cond_init(&ring->changed, NULL);
	for (i = 0; i < CHUNKS; i++) {
		ring->chunks[i].data = malloc(CHUNK_SIZE);
		if (!ring->chunks[i].data)
			return error_no_memory(err);
	}
	ret = quiet_thread_create(&ring->thread, producer_thread, ring);
	if (ret < 0)
		return error_set(err, ret, "cannot start a thread: %s",
				 strerror(-ret));
	ring->has_thread = true;
	return 0;
}

void chunk_ring_stop(struct chunk_ring *ring)
{
	unsigned int i;

	if (ring->has_thread) {
		pthread_mutex_lock(&ring->lock);
		ring->cancelled = true;
		pthread_cond_signal(&ring->changed);
		pthread_mutex_unlock(&ring->lock);
		pthread_join(ring->thread, NULL);
	}
	for (i = 0; i < CHUNKS; i++)
		free(ring->chunks[i].data);
	pthread_cond_destroy(&ring->changed);
	pthread_mutex_destroy(&ring->lock);
}

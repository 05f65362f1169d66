// SPDX-License-Identifier: GPL-2.0-only
/*
 * stream.c - passes the archive's bytes from the reader to a writing thread.
 *
 * The buffers form a ring.  The reader owns the one at head.  The writer owns
 * those from tail to head.  If head equals tail, there is nothing to write.
 * So one buffer always belongs to the reader.
 */
#include "stream.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/tree/direct.h"
#include "common/error.h"

/*
 * One buffer fits the processor's cache, and is large enough that the cost of
 * handing it over does not matter.
 */
#define BUFFER_SIZE	(256u << 10)
#define N_BUFFERS	8

/* Too small a piece for a read() of its own. */
#define WORTHWHILE	(16u << 10)

struct stream {
	stream_write_fn *write;
	void *opaque;
	pthread_t thread;

	/* For the reader only. */
	char *memory;			/* all buffers */
	bool lent;			/* it is fit for direct I/O */
	size_t fill;			/* bytes in the buffer at head */
	uint64_t position;

	pthread_mutex_t lock;		/* protects the fields below */
	pthread_cond_t changed;		/* head, tail, done or error */
	unsigned int head, tail;	/* count up, modulo N_BUFFERS in use */
	size_t len[N_BUFFERS];		/* bytes in those handed over */
	bool done;			/* the reader has finished */
	int error;			/* of write(); the first one stays */
};

static char *stream_buffer(const struct stream *stream, unsigned int i)
{
	return stream->memory + (size_t)(i % N_BUFFERS) * BUFFER_SIZE;
}

static void *stream_thread(void *arg)
{
	struct stream *stream = arg;
	unsigned int at;
	int ret = 0;

	pthread_mutex_lock(&stream->lock);
	for (;;) {
		while (stream->head == stream->tail && !stream->done)
			pthread_cond_wait(&stream->changed, &stream->lock);
		if (stream->head == stream->tail || stream->error)
			break;
		at = stream->tail;
		pthread_mutex_unlock(&stream->lock);

		ret = stream->write(stream->opaque, stream_buffer(stream, at),
				    stream->len[at % N_BUFFERS]);

		pthread_mutex_lock(&stream->lock);
		if (ret < 0)
			stream->error = ret;
		stream->tail++;
		pthread_cond_signal(&stream->changed);
	}
	pthread_mutex_unlock(&stream->lock);
	return NULL;
}

/* Hands over the buffer at head and waits until the next one is free. */
static int stream_advance(struct stream *stream)
{
	int ret;

	pthread_mutex_lock(&stream->lock);
	stream->len[stream->head % N_BUFFERS] = stream->fill;
	stream->head++;
	pthread_cond_signal(&stream->changed);
	while (stream->head - stream->tail == N_BUFFERS && !stream->error)
		pthread_cond_wait(&stream->changed, &stream->lock);
	ret = stream->error;
	pthread_mutex_unlock(&stream->lock);
	stream->fill = 0;
	return ret;
}

static void stream_free(struct stream *stream)
{
	direct_free(stream->memory, N_BUFFERS * BUFFER_SIZE, stream->lent);
	free(stream);
}

int stream_start(stream_write_fn *write, void *opaque,
		 struct stream **ret_stream, struct lkl_error *err)
{
	struct stream *stream = calloc(1, sizeof(*stream));
	int ret;

	if (!stream)
		return error_no_memory(err);
	stream->write = write;
	stream->opaque = opaque;
	stream->memory = direct_alloc(N_BUFFERS * BUFFER_SIZE, &stream->lent);
	if (!stream->memory) {
		free(stream);
		return error_no_memory(err);
	}
	pthread_mutex_init(&stream->lock, NULL);
	pthread_cond_init(&stream->changed, NULL);
	ret = pthread_create(&stream->thread, NULL, stream_thread, stream);
	if (ret) {
		stream_free(stream);
		return error_set(err, -ret, "cannot start a thread: %s",
				 strerror(ret));
	}
	*ret_stream = stream;
	return 0;
}

bool stream_align(struct stream *stream)
{
	if (stream->lent && stream->fill % DIRECT_ALIGN)
		stream_advance(stream);
	return stream->lent;
}

void *stream_reserve(struct stream *stream, size_t want, size_t *ret_size)
{
	size_t room = BUFFER_SIZE - stream->fill;

	if (!room || (room < want && room < WORTHWHILE)) {
		if (stream_advance(stream) < 0)
			return NULL;
		room = BUFFER_SIZE;
	}
	*ret_size = want < room ? want : room;
	return stream_buffer(stream, stream->head) + stream->fill;
}

void stream_commit(struct stream *stream, size_t len)
{
	stream->fill += len;
	stream->position += len;
}

int stream_put(struct stream *stream, const void *data, size_t len)
{
	const char *from = data;
	size_t n;

	while (len) {
		void *room = stream_reserve(stream, len, &n);

		if (!room)
			return -EIO;
		memcpy(room, from, n);
		stream_commit(stream, n);
		from += n;
		len -= n;
	}
	return 0;
}

int stream_put_zeroes(struct stream *stream, uint64_t len)
{
	size_t n;

	while (len) {
		void *room = stream_reserve(stream, len < BUFFER_SIZE ?
					    len : BUFFER_SIZE, &n);

		if (!room)
			return -EIO;
		memset(room, 0, n);
		stream_commit(stream, n);
		len -= n;
	}
	return 0;
}

uint64_t stream_position(const struct stream *stream)
{
	return stream->position;
}

int stream_finish(struct stream *stream)
{
	int ret;

	if (stream->fill)
		stream_advance(stream);
	pthread_mutex_lock(&stream->lock);
	stream->done = true;
	pthread_cond_signal(&stream->changed);
	pthread_mutex_unlock(&stream->lock);
	pthread_join(stream->thread, NULL);

	ret = stream->error;
	pthread_cond_destroy(&stream->changed);
	pthread_mutex_destroy(&stream->lock);
	stream_free(stream);
	return ret;
}

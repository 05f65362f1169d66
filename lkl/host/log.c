/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * log.c - keep the last lines of the kernel's log in a ring, and call the
 * program's functions for lines and panics.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "fault.h"
#include "log.h"
#include "process.h"

#define RING_SIZE	(64u << 10)

static struct {
	pthread_mutex_t lock;	/* protects ring and head; innermost */
	char ring[RING_SIZE];
	uint64_t head;		/* bytes ever written */
	lkl_log_fn *log;
	lkl_panic_fn *panic;
	void *opaque;
} state = { .lock = PTHREAD_MUTEX_INITIALIZER };

void log_init(const struct lkl_options *options)
{
	state.log = options->log;
	state.panic = options->panic;
	state.opaque = options->opaque;
}

/* False if a thread that has faulted holds the lock for ever. */
static bool lock_ring(void)
{
	if (process_is_broken())
		return !pthread_mutex_trylock(&state.lock);
	pthread_mutex_lock(&state.lock);
	return true;
}

static void log_ring_append(const char *s, size_t len)
{
	while (len) {
		size_t at = state.head % RING_SIZE;
		size_t n = RING_SIZE - at < len ? RING_SIZE - at : len;

		memcpy(state.ring + at, s, n);
		state.head += n;
		s += n;
		len -= n;
	}
}

void log_line(int level, const char *line, unsigned long len)
{
	char prefix[2] = { '0' + (level & 7), ' ' };
	enum fault_place place;

	/* Longer than any line of the kernel's. */
	if (len > RING_SIZE / 16)
		len = RING_SIZE / 16;
	if (lock_ring()) {
		log_ring_append(prefix, sizeof(prefix));
		log_ring_append(line, len);
		log_ring_append("\n", 1);
		pthread_mutex_unlock(&state.lock);
	}

	if (state.log) {
		place = fault_callback_begin();
		state.log(level, line, len, state.opaque);
		fault_callback_end(place);
	}
}

void log_panic(const char *message)
{
	enum fault_place place = fault_callback_begin();

	if (state.panic)
		state.panic(message, state.opaque);
	fault_callback_end(place);
}

uint64_t lkl_log_read(uint64_t since, char *buf, size_t size)
{
	uint64_t pos, end;
	size_t n = 0;

	if (!size)
		return since;
	buf[0] = '\0';
	/* In a child, a thread that is not there may hold the lock. */
	if (process_check() == -ECHILD || !lock_ring())
		return since;
	pos = since;
	if (pos > state.head)
		pos = state.head;
	if (state.head - pos > RING_SIZE) {
		/* Overwritten: from the first whole line that is left. */
		pos = state.head - RING_SIZE;
		while (state.ring[pos++ % RING_SIZE] != '\n')
			;
	}
	/* Whole lines only. */
	for (end = pos; pos < state.head && n + 1 < size; n++) {
		buf[n] = state.ring[pos++ % RING_SIZE];
		if (buf[n] == '\n')
			end = pos;
	}
	pthread_mutex_unlock(&state.lock);
	buf[n - (pos - end)] = 0;
	return end;
}

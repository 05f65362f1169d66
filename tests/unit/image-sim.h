/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * image-sim.h - a disk in memory that behaves as badly as a disk may.
 *
 * It records the writes since the last flush, so that a test can cut the power at
 * any write: any sectors of those writes are lost then, but nothing that was
 * flushed.  A test can also make a call fail after it was done in part, or take
 * some time.
 *
 * Only flushes order writes.  If a sector was written several times since the last
 * flush, any of those writes may be the last one.
 */
#ifndef TESTS_IMAGE_SIM_H
#define TESTS_IMAGE_SIM_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "blk/blk.h"

/* Calls, as bits, for faults. */
#define SIM_READ	0x1u
#define SIM_WRITE	0x2u
#define SIM_FLUSH	0x4u
#define SIM_ZERO	0x8u
#define SIM_DISCARD	0x10u
#define SIM_RESIZE	0x20u
#define SIM_CHANGES	(SIM_WRITE | SIM_ZERO | SIM_DISCARD | SIM_RESIZE)
#define SIM_ALL		0x3fu

struct sim_event {
	uint64_t offset, len;
	unsigned char *data;	/* NULL: zeroes */
	bool resize;		/* to @offset */
};

struct sim_bytes {
	unsigned char *at;
	uint64_t size;		/* bytes behind it read as zeroes */
};

struct sim {
	struct blk blk;
	uint64_t max;			/* bytes that there is room for */
	pthread_mutex_t lock;		/* protects all that follows */
	struct sim_bytes now, stable;
	struct sim_event *events;	/* since the last flush */
	unsigned int n_events, max_events;
	uint64_t changes;		/* events ever */
	uint64_t calls[6];		/* by the numbers of the bits above */

	/* The power is cut as this change comes; 0: not yet. */
	uint64_t cut_at;
	uint64_t cut_seed;
	struct sim_bytes cut;		/* the file after the power cut */
	bool was_cut;
	const char *cut_how;

	/* Faults: this many calls of these go well, then so many fail. */
	unsigned int fault_calls;
	uint64_t fault_after, fault_count;
	int fault_error;
	bool fault_partly;		/* some of it is done all the same */
	uint64_t faults;		/* that were met */
	unsigned int delay_us;
};

/* The failing operations do not close what the test owns: see sim_free(). */

static inline uint64_t sim_random(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15ull;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

static inline void sim_apply(struct sim_bytes *b, uint64_t max,
			     const struct sim_event *e, uint64_t from,
			     uint64_t to)
{
	if (e->resize) {
		if (b->size < e->offset)
			b->size = e->offset;
		return;
	}
	if (e->offset + to > max)
		abort();
	if (e->data)
		memcpy(b->at + e->offset + from, e->data + from, to - from);
	else
		memset(b->at + e->offset + from, 0, to - from);
	if (e->data && b->size < e->offset + to)
		b->size = e->offset + to;
}

/* Part of an event, each sector of it with a chance of @keep in 8. */
static inline void sim_apply_torn(struct sim_bytes *b, uint64_t max,
				  const struct sim_event *e, uint64_t *state,
				  unsigned int keep)
{
	uint64_t from, to;

	if (e->resize) {
		if (sim_random(state) % 8 < keep)
			sim_apply(b, max, e, 0, 0);
		return;
	}
	for (from = 0; from < e->len; from = to) {
		to = from + 512 - (e->offset + from) % 512;
		if (to > e->len)
			to = e->len;
		if (sim_random(state) % 8 < keep)
			sim_apply(b, max, e, from, to);
	}
}

/* The file as a reader finds it after the power cut. */
static inline void sim_make_cut(struct sim *sim)
{
	static const char *const how[] = {
		"all lost", "all kept", "the first ones kept",
		"the last ones kept", "some kept", "some sectors kept",
		"one kept", "one lost", "most sectors lost",
		"most sectors kept",
	};
	uint64_t state = sim->cut_seed;
	unsigned int mode = (unsigned int)(sim_random(&state) % 10), i;
	unsigned int one = sim->n_events ?
		(unsigned int)(sim_random(&state) % sim->n_events) : 0;
	const struct sim_event *e;

	memcpy(sim->cut.at, sim->stable.at, sim->max);
	sim->cut.size = sim->stable.size;
	for (i = 0; i < sim->n_events; i++) {
		bool keep = false;

		e = &sim->events[i];
		switch (mode) {
		case 1:
			keep = true;
			break;
		case 2:
			keep = i < one;
			/* The last of them in part. */
			if (i == one)
				sim_apply_torn(&sim->cut, sim->max, e, &state,
					       4);
			break;
		case 3:
			keep = i >= one;
			break;
		case 4:
			keep = sim_random(&state) % 2;
			break;
		case 5:
			sim_apply_torn(&sim->cut, sim->max, e, &state, 4);
			break;
		case 6:
			keep = i == one;
			break;
		case 7:
			keep = i != one;
			break;
		case 8:
			sim_apply_torn(&sim->cut, sim->max, e, &state, 1);
			break;
		case 9:
			sim_apply_torn(&sim->cut, sim->max, e, &state, 7);
			break;
		}
		if (keep)
			sim_apply(&sim->cut, sim->max, e, 0, e->len);
	}
	sim->cut_how = how[mode];
	sim->was_cut = true;
}

static inline void sim_change(struct sim *sim, const struct sim_event *e)
{
	sim->changes++;
	if (sim->n_events == sim->max_events) {
		sim->max_events = sim->max_events ? 2 * sim->max_events : 64;
		sim->events = realloc(sim->events, sim->max_events *
						   sizeof(*sim->events));
		if (!sim->events)
			abort();
	}
	sim->events[sim->n_events++] = *e;
	sim_apply(&sim->now, sim->max, e, 0, e->len);
	__atomic_store_n(&sim->blk.size, sim->now.size, __ATOMIC_RELAXED);
	if (sim->cut_at && sim->changes == sim->cut_at)
		sim_make_cut(sim);
}

static inline void sim_drop_events(struct sim *sim)
{
	unsigned int i;

	for (i = 0; i < sim->n_events; i++)
		free(sim->events[i].data);
	sim->n_events = 0;
}

/* ---- Calls ---- */

/* -errno if this call is to fail. */
static inline int sim_call(struct sim *sim, unsigned int call)
{
	sim->calls[__builtin_ctz(call)]++;
	if (sim->delay_us)
		usleep(sim->delay_us);
	if (!sim->fault_count || !(sim->fault_calls & call))
		return 0;
	if (sim->fault_after) {
		sim->fault_after--;
		return 0;
	}
	sim->fault_count--;
	sim->faults++;
	return sim->fault_error;
}

static inline uint64_t sim_length(const struct iovec *iov, int n)
{
	uint64_t len = 0;
	int i;

	for (i = 0; i < n; i++)
		len += iov[i].iov_len;
	return len;
}

static int sim_preadv(struct blk *blk, const struct iovec *iov, int n,
		      uint64_t offset)
{
	struct sim *sim = (struct sim *)blk;
	uint64_t len = sim_length(iov, n);
	int i, ret;

	pthread_mutex_lock(&sim->lock);
	ret = sim_call(sim, SIM_READ);
	/* As a file that is shorter than it was. */
	if (!ret && (offset > sim->max || len > sim->max - offset ||
		     offset + len > sim->now.size + 511))
		ret = -EIO;
	for (i = 0; !ret && i < n; i++) {
		memcpy(iov[i].iov_base, sim->now.at + offset, iov[i].iov_len);
		offset += iov[i].iov_len;
	}
	pthread_mutex_unlock(&sim->lock);
	return ret;
}

static int sim_pwritev(struct blk *blk, const struct iovec *iov, int n,
		       uint64_t offset)
{
	struct sim *sim = (struct sim *)blk;
	struct sim_event e = { .offset = offset };
	unsigned char *p;
	int i, ret;

	e.len = sim_length(iov, n);
	if (offset > sim->max || e.len > sim->max - offset)
		return -ENOSPC;
	e.data = p = malloc(e.len + 1);
	if (!p)
		abort();
	for (i = 0; i < n; i++) {
		memcpy(p, iov[i].iov_base, iov[i].iov_len);
		p += iov[i].iov_len;
	}
	pthread_mutex_lock(&sim->lock);
	ret = sim_call(sim, SIM_WRITE);
	/* Whole sectors of it. */
	if (ret && sim->fault_partly) {
		e.len /= 2;
		e.len -= (offset + e.len) % 512 < e.len ?
			 (offset + e.len) % 512 : e.len;
	}
	if (e.len && (!ret || sim->fault_partly))
		sim_change(sim, &e);
	else
		free(e.data);
	pthread_mutex_unlock(&sim->lock);
	return ret;
}

static int sim_flush(struct blk *blk)
{
	struct sim *sim = (struct sim *)blk;
	unsigned int i;
	int ret;

	pthread_mutex_lock(&sim->lock);
	ret = sim_call(sim, SIM_FLUSH);
	if (!ret) {
		for (i = 0; i < sim->n_events; i++)
			sim_apply(&sim->stable, sim->max, &sim->events[i], 0,
				  sim->events[i].len);
		sim_drop_events(sim);
	}
	pthread_mutex_unlock(&sim->lock);
	return ret;
}

static inline int sim_zero(struct sim *sim, unsigned int call, uint64_t offset,
			   uint64_t len)
{
	struct sim_event e = { .offset = offset, .len = len };
	int ret;

	pthread_mutex_lock(&sim->lock);
	ret = sim_call(sim, call);
	if (!ret && (offset > sim->max || len > sim->max - offset))
		ret = -EINVAL;
	else if (!ret || sim->fault_partly)
		sim_change(sim, &e);
	pthread_mutex_unlock(&sim->lock);
	return ret;
}

static int sim_discard(struct blk *blk, uint64_t offset, uint64_t len)
{
	return sim_zero((struct sim *)blk, SIM_DISCARD, offset, len);
}

static int sim_write_zeroes(struct blk *blk, uint64_t offset, uint64_t len,
			    bool may_unmap)
{
	(void)may_unmap;
	return sim_zero((struct sim *)blk, SIM_ZERO, offset, len);
}

static int sim_grow(struct blk *blk, uint64_t size)
{
	struct sim *sim = (struct sim *)blk;
	struct sim_event e = { .resize = true };
	int ret = 0;

	e.offset = (size + 511) / 512 * 512;
	pthread_mutex_lock(&sim->lock);
	if (e.offset > sim->now.size)
		ret = sim_call(sim, SIM_RESIZE);
	if (!ret && e.offset > sim->max)
		ret = -ENOSPC;
	if (!ret && e.offset > sim->now.size)
		sim_change(sim, &e);
	pthread_mutex_unlock(&sim->lock);
	return ret;
}

/* Closed by who opened it on top; the test frees it. */
static int sim_close(struct blk *blk)
{
	(void)blk;
	return 0;
}

static const struct blk_ops sim_ops = {
	.name = "sim",
	.preadv = sim_preadv,
	.pwritev = sim_pwritev,
	.flush = sim_flush,
	.discard = sim_discard,
	.write_zeroes = sim_write_zeroes,
	.grow = sim_grow,
	.close = sim_close,
};

/* ---- For tests ---- */

static inline unsigned char *sim_alloc(uint64_t size)
{
	unsigned char *p = calloc(1, size);

	if (!p)
		abort();
	return p;
}

/* sim_load - a disk with what is in the file @name, and room to grow */
static inline bool sim_load(struct sim *sim, const char *name, uint64_t room)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	struct stat st;
	bool good;

	memset(sim, 0, sizeof(*sim));
	if (fd < 0 || fstat(fd, &st)) {
		printf("# cannot open %s: %s\n", name, strerror(errno));
		return false;
	}
	sim->max = (uint64_t)st.st_size + room;
	sim->now.at = sim_alloc(sim->max);
	sim->stable.at = sim_alloc(sim->max);
	sim->cut.at = sim_alloc(sim->max);
	good = pread(fd, sim->now.at, (size_t)st.st_size, 0) == st.st_size;
	close(fd);
	sim->now.size = ((uint64_t)st.st_size + 511) / 512 * 512;
	sim->stable.size = sim->now.size;
	memcpy(sim->stable.at, sim->now.at, sim->max);
	pthread_mutex_init(&sim->lock, NULL);
	sim->blk = (struct blk){
		.ops = &sim_ops,
		.size = sim->now.size,
		.sector_size = 512,
		.physical_size = 4096,
		.caps = BLK_CAP_WRITE | BLK_CAP_DISCARD | BLK_CAP_WRITE_ZEROES,
	};
	return good;
}

static inline void sim_free(struct sim *sim)
{
	sim_drop_events(sim);
	free(sim->events);
	free(sim->now.at);
	free(sim->stable.at);
	free(sim->cut.at);
	pthread_mutex_destroy(&sim->lock);
}

/* The power comes back: only what is in @from is there. */
static inline void sim_restart(struct sim *sim, const struct sim_bytes *from)
{
	uint64_t size = (from->size + 511) / 512 * 512;

	sim_drop_events(sim);
	memmove(sim->now.at, from->at, sim->max);
	memmove(sim->stable.at, from->at, sim->max);
	sim->now.size = sim->stable.size = sim->blk.size = size;
	sim->cut_at = 0;
	sim->was_cut = false;
	sim->fault_count = 0;
}

static inline void sim_no_faults(struct sim *sim)
{
	pthread_mutex_lock(&sim->lock);
	sim->fault_count = 0;
	sim->delay_us = 0;
	pthread_mutex_unlock(&sim->lock);
}

/* Holes where there are zeroes, for it is done often. */
static inline bool sim_save(const struct sim_bytes *b, const char *name)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	uint64_t at, n;
	bool good = fd >= 0 && !ftruncate(fd, (off_t)b->size);

	for (at = 0; good && at < b->size; at += n) {
		n = b->size - at < 65536 ? b->size - at : 65536;
		if (!b->at[at] && !memcmp(b->at + at, b->at + at + 1, n - 1))
			continue;
		good = pwrite(fd, b->at + at, n, (off_t)at) == (ssize_t)n;
	}
	if (fd >= 0)
		close(fd);
	return good;
}

#endif /* TESTS_IMAGE_SIM_H */

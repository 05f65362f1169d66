/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * image-random.h - random operations on an opened image, compared with a shadow:
 * a mapped file of the host that has the expected data.
 *
 * Several threads may work at once, on ranges that touch but do not overlap.  Each
 * operation locks its range, as two writes to one place would have no order in
 * the shadow.  Nothing here depends on the driver below struct blk.
 */
#ifndef TESTS_IMAGE_RANDOM_H
#define TESTS_IMAGE_RANDOM_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "blk/blk.h"

#define RANDOM_THREADS_MAX	16u
#define RANDOM_ZONES		10u
/* Most bytes of one operation; zeroing and discarding may cover more. */
#define RANDOM_IO_MAX		(4u << 20)
#define RANDOM_IOVECS		12
#define RANDOM_GUARD		64

struct random_range {
	uint64_t start, end;	/* bytes; nothing is locked if they are equal */
};

struct random_test {
	/* Filled by the caller. */
	const char *path;
	struct blk_options options;
	uint64_t cluster;	/* where the borders are, to meet them often */
	uint64_t seed;
	uint64_t ops;
	unsigned int threads;
	unsigned int reopen_every;	/* operations, 0: never */
	bool verbose;

	/* NULL: random_run() opens it; it closes it in any case. */
	struct blk *blk;

	/* The rest is this file's. */
	unsigned char *shadow;
	uint64_t size;
	struct random_range zones[RANDOM_ZONES];
	pthread_rwlock_t open_lock;	/* blk is exchanged by who writes */
	pthread_mutex_t range_lock;	/* protects locked */
	pthread_cond_t range_free;
	struct random_range locked[RANDOM_THREADS_MAX];
	atomic_uint_fast64_t next_op;
	atomic_bool failed;
	atomic_uint_fast64_t count[8];	/* of operations, by enum random_op */
	atomic_uint_fast64_t mapped, inline_reads, inline_writes;
};

enum random_op {
	RANDOM_WRITE, RANDOM_READ, RANDOM_ZERO, RANDOM_DISCARD, RANDOM_FLUSH,
	RANDOM_REOPEN, RANDOM_MAP,
};

static const char *const random_names[] = {
	"write", "read", "zero", "discard", "flush", "reopen", "map",
};

/* ---- Chance ---- */

/* A number in the environment, such as TEST_SEED. */
static inline uint64_t random_given(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);

	return value && *value ? strtoull(value, NULL, 0) : otherwise;
}

static inline uint64_t random_next(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15ull;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

/* 0 to @n - 1 */
static inline uint64_t random_below(uint64_t *state, uint64_t n)
{
	return n ? random_next(state) % n : 0;
}

/* Mostly noise, so that any byte that is misplaced is seen. */
static inline void random_fill(uint64_t *state, unsigned char *buf, size_t len)
{
	uint64_t kind = random_below(state, 10), word;
	size_t i;

	if (kind == 0) {
		memset(buf, 0, len);
		return;
	}
	if (kind == 1) {
		memset(buf, (int)random_below(state, 256), len);
		return;
	}
	for (i = 0; i + 8 <= len; i += 8) {
		word = random_next(state);
		memcpy(buf + i, &word, 8);
	}
	for (; i < len; i++)
		buf[i] = (unsigned char)random_next(state);
}

/* Cut @buf in pieces, some of which are empty. */
static inline int random_cut(uint64_t *state, struct iovec *iov,
			     unsigned char *buf, size_t len)
{
	int want = 1 + (int)random_below(state, RANDOM_IOVECS), n = 0;
	size_t piece;

	if (random_below(state, 2))
		want = 1;
	while (n < want - 1) {
		piece = random_below(state, len + 1);
		switch (random_below(state, 4)) {
		case 0:
			piece = 0;
			break;
		case 1:
			piece -= piece % 512;
			break;
		}
		iov[n].iov_base = buf;
		iov[n++].iov_len = piece;
		buf += piece;
		len -= piece;
	}
	iov[n].iov_base = buf;
	iov[n++].iov_len = len;
	return n;
}

/* ---- Where ---- */

/*
 * Places where much happens, small enough for operations to meet: the two
 * ends, both sides of what one L2 table maps, and any.
 */
static inline void random_zones(struct random_test *t)
{
	uint64_t state = t->seed ^ 0x2e, len = 24 * t->cluster, at, l2;
	unsigned int i;

	if (len < 1u << 20)
		len = 1u << 20;
	if (len > t->size)
		len = t->size;
	l2 = t->cluster * (t->cluster / 8);
	for (i = 0; i < RANDOM_ZONES; i++) {
		at = random_below(&state, t->size - len + 1);
		if (i == 0)
			at = 0;
		else if (i == 1)
			at = t->size - len;
		else if (i < 5 && l2 && t->size / l2)
			at = l2 * (1 + random_below(&state, t->size / l2)) -
			     len / 2;
		if (at > t->size - len)
			at = t->size - len;
		t->zones[i].start = at - at % 512;
		t->zones[i].end = t->zones[i].start + len;
	}
}

static inline struct random_range random_place(struct random_test *t,
					       uint64_t *state, bool moves)
{
	const struct random_range *z =
		&t->zones[random_below(state, RANDOM_ZONES)];
	uint64_t max = moves ? RANDOM_IO_MAX : t->size / 4;
	uint64_t at = z->start + random_below(state, z->end - z->start);
	uint64_t c = t->cluster, len, kind = random_below(state, 100);

	/* Large clusters take long: less often, then. */
	if (c > 65536 && moves && kind >= 65 && kind < 75 &&
	    random_below(state, 8))
		kind = 0;
	if (kind < 40) {
		at -= at % 512;
		len = 512 * (1 + random_below(state, 8));
	} else if (kind < 65) {
		at -= at % 512;
		len = 512 * (1 + random_below(state, 128));
	} else if (kind < 75) {
		at -= at % c;
		len = c * (1 + random_below(state, c > 65536 ? 1 : 3));
	} else if (kind < 85) {
		/* Over a border. */
		at -= at % c;
		len = 512 * (1 + random_below(state, 16));
		at = at > len ? at - len : 0;
		len += 512 * random_below(state, 16);
	} else if (kind < 92) {
		len = 1 + random_below(state, 8192);
	} else if (moves) {
		at -= at % 512;
		len = 512 * (1 + random_below(state, 512));
	} else {
		at -= at % 512;
		len = 512 * (1 + random_below(state, max / 512 + 1));
	}
	if (len > max)
		len = max;
	if (at >= t->size)
		at = 0;
	if (len > t->size - at)
		len = t->size - at;
	return (struct random_range){ at, at + len };
}

/* Whole sectors: a discard may do nothing to those of which it has a part. */
static inline void random_lock(struct random_test *t, unsigned int thread,
			       struct random_range r)
{
	unsigned int i;

	r.start -= r.start % 512;
	r.end += -r.end % 512;
	pthread_mutex_lock(&t->range_lock);
	for (i = 0; i < t->threads; i++) {
		if (r.start < t->locked[i].end && t->locked[i].start < r.end) {
			pthread_cond_wait(&t->range_free, &t->range_lock);
			i = -1u;
		}
	}
	t->locked[thread] = r;
	pthread_mutex_unlock(&t->range_lock);
}

static inline void random_unlock(struct random_test *t, unsigned int thread)
{
	pthread_mutex_lock(&t->range_lock);
	t->locked[thread] = (struct random_range){ 0, 0 };
	pthread_cond_broadcast(&t->range_free);
	pthread_mutex_unlock(&t->range_lock);
}

/* ---- Operations ---- */

struct random_worker {
	struct random_test *t;
	unsigned int thread;
	uint64_t state;
	uint64_t op;			/* its number, for messages */
	unsigned char *buf;		/* RANDOM_IO_MAX and the guard */
	pthread_t id;
};

__attribute__((format(printf, 3, 4)))
static inline void random_fail(struct random_worker *w, struct random_range r,
			       const char *fmt, ...)
{
	struct random_test *t = w->t;
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	atomic_store(&t->failed, true);
	printf("# %s: seed %" PRIu64 ", %u threads, operation %" PRIu64
	       " at %" PRIu64 " length %" PRIu64 ": %s\n", t->path, t->seed,
	       t->threads, w->op, r.start, r.end - r.start, text);
	fflush(stdout);
}

static inline bool random_same(struct random_worker *w, struct random_range r,
			       const unsigned char *got)
{
	const unsigned char *want = w->t->shadow + r.start;
	size_t i, len = r.end - r.start;

	if (!memcmp(got, want, len))
		return true;
	for (i = 0; got[i] == want[i]; i++)
		;
	random_fail(w, r, "byte %" PRIu64 " reads as 0x%02x, not 0x%02x",
		    r.start + i, got[i], want[i]);
	return false;
}

static inline int random_transfer(struct random_worker *w,
				  struct random_range r, bool write)
{
	struct iovec iov[RANDOM_IOVECS];
	struct random_test *t = w->t;
	int n = random_cut(&w->state, iov, w->buf, r.end - r.start);
	int ret = -EAGAIN;

	if (random_below(&w->state, 3) == 0) {
		ret = write ? blk_pwritev_nowait(t->blk, iov, n, r.start) :
			      blk_preadv_nowait(t->blk, iov, n, r.start);
		if (!ret)
			atomic_fetch_add(write ? &t->inline_writes :
					 &t->inline_reads, 1);
	}
	if (ret == -EAGAIN)
		ret = write ? blk_pwritev(t->blk, iov, n, r.start) :
			      blk_preadv(t->blk, iov, n, r.start);
	if (ret)
		random_fail(w, r, "%s: %s", write ? "write" : "read",
			    strerror(-ret));
	return ret;
}

static inline void random_write(struct random_worker *w)
{
	struct random_range r = random_place(w->t, &w->state, true);
	size_t len = r.end - r.start;

	random_lock(w->t, w->thread, r);
	random_fill(&w->state, w->buf, len);
	if (!random_transfer(w, r, true))
		memcpy(w->t->shadow + r.start, w->buf, len);
	random_unlock(w->t, w->thread);
}

static inline void random_read(struct random_worker *w)
{
	struct random_range r = random_place(w->t, &w->state, true);
	size_t len = r.end - r.start, i;

	random_lock(w->t, w->thread, r);
	memset(w->buf, 0xa5, len + RANDOM_GUARD);
	if (!random_transfer(w, r, false) && random_same(w, r, w->buf))
		for (i = 0; i < RANDOM_GUARD; i++)
			if (w->buf[len + i] != 0xa5) {
				random_fail(w, r, "read beyond its buffer");
				break;
			}
	random_unlock(w->t, w->thread);
}

static inline void random_zero(struct random_worker *w)
{
	struct random_range r = random_place(w->t, &w->state, false);
	int ret;

	random_lock(w->t, w->thread, r);
	ret = blk_write_zeroes(w->t->blk, r.start, r.end - r.start,
			       random_below(&w->state, 2));
	if (ret)
		random_fail(w, r, "zero: %s", strerror(-ret));
	else
		memset(w->t->shadow + r.start, 0, r.end - r.start);
	random_unlock(w->t, w->thread);
}

/* A discarded sector is what it was, or zeroes, and then stays that. */
static inline bool random_resync(struct random_worker *w,
				 struct random_range r)
{
	static const unsigned char zeroes[512];
	unsigned char *old;
	uint64_t at, end;
	size_t n;

	for (at = r.start; at < r.end; at = end) {
		struct random_range piece;
		int ret;

		end = r.end - at > RANDOM_IO_MAX ? at + RANDOM_IO_MAX : r.end;
		piece = (struct random_range){ at, end };
		ret = blk_pread(w->t->blk, w->buf, end - at, at);
		if (ret) {
			random_fail(w, piece, "read after discard: %s",
				    strerror(-ret));
			return false;
		}
		if (!memcmp(w->buf, w->t->shadow + at, end - at))
			continue;
		for (; at < end; at += n) {
			n = 512 - at % 512;
			if (n > end - at)
				n = end - at;
			old = w->t->shadow + at;
			if (!memcmp(w->buf + (at - piece.start), old, n))
				continue;
			if (memcmp(w->buf + (at - piece.start), zeroes, n)) {
				random_fail(w, r, "the sector at %" PRIu64
					    " is neither what it was nor zero after discard",
					    at);
				return false;
			}
			memset(old, 0, n);
		}
	}
	return true;
}

static inline void random_discard(struct random_worker *w)
{
	struct random_range r = random_place(w->t, &w->state, false);
	int ret;

	random_lock(w->t, w->thread, r);
	ret = blk_discard(w->t->blk, r.start, r.end - r.start);
	if (ret && (ret != -EOPNOTSUPP ||
		    (w->t->blk->caps & BLK_CAP_DISCARD)))
		random_fail(w, r, "discard: %s", strerror(-ret));
	else
		random_resync(w, r);
	random_unlock(w->t, w->thread);
}

static inline void random_flush(struct random_worker *w)
{
	int ret = blk_flush(w->t->blk);

	if (ret)
		random_fail(w, (struct random_range){ 0, 0 }, "flush: %s",
			    strerror(-ret));
}

/* Data lie where the map says. */
static inline void random_map(struct random_worker *w)
{
	struct random_range r = random_place(w->t, &w->state, true);
	struct blk_extent extent;
	uint64_t len = r.end - r.start;
	int ret;

	random_lock(w->t, w->thread, r);
	ret = blk_map(w->t->blk, r.start, len, &extent);
	if (!ret && (!extent.len || extent.len > len)) {
		random_fail(w, r, "map: %" PRIu64 " bytes", extent.len);
	} else if (!ret) {
		r.end = r.start + extent.len;
		if (pread(extent.fd, w->buf, extent.len,
			  (off_t)extent.offset) != (ssize_t)extent.len)
			random_fail(w, r, "map: nothing at %" PRIu64,
				    extent.offset);
		else
			random_same(w, r, w->buf);
		atomic_fetch_add(&w->t->mapped, 1);
	} else if (ret != -EAGAIN && ret != -EOPNOTSUPP) {
		random_fail(w, r, "map: %s", strerror(-ret));
	}
	random_unlock(w->t, w->thread);
}

static inline int random_open(struct random_test *t)
{
	struct lkl_error err = { "" };
	int ret = blk_open(t->path, &t->options, &t->blk, &err);

	if (ret)
		printf("# cannot open: %s\n", err.text);
	return ret;
}

static inline void random_reopen(struct random_worker *w)
{
	struct random_test *t = w->t;

	pthread_rwlock_wrlock(&t->open_lock);
	blk_close(t->blk);
	t->blk = NULL;
	if (random_open(t))
		random_fail(w, (struct random_range){ 0, 0 }, "reopen");
	pthread_rwlock_unlock(&t->open_lock);
}

static inline enum random_op random_choose(struct random_worker *w)
{
	uint64_t n = random_below(&w->state, 1000);

	if (w->t->reopen_every && w->op % w->t->reopen_every == 0 && w->op)
		return RANDOM_REOPEN;
	return n < 440 ? RANDOM_WRITE :
	       n < 780 ? RANDOM_READ :
	       n < 860 ? RANDOM_ZERO :
	       n < 930 ? RANDOM_DISCARD :
	       n < 985 ? RANDOM_MAP : RANDOM_FLUSH;
}

static void *random_work(void *arg)
{
	static void (*const functions[])(struct random_worker *w) = {
		random_write, random_read, random_zero, random_discard,
		random_flush, random_reopen, random_map,
	};
	struct random_worker *w = arg;
	struct random_test *t = w->t;
	enum random_op op;

	while (!atomic_load(&t->failed)) {
		w->op = atomic_fetch_add(&t->next_op, 1);
		if (w->op >= t->ops)
			break;
		op = random_choose(w);
		if (t->verbose)
			printf("# %" PRIu64 " %s\n", w->op, random_names[op]);
		atomic_fetch_add(&t->count[op], 1);
		if (op == RANDOM_REOPEN) {
			functions[op](w);
			continue;
		}
		pthread_rwlock_rdlock(&t->open_lock);
		if (t->blk)
			functions[op](w);
		pthread_rwlock_unlock(&t->open_lock);
	}
	return NULL;
}

/* All of it against the shadow. */
static inline void random_compare_all(struct random_worker *w)
{
	struct random_range r = { 0, 0 };
	int ret;

	for (; r.start < w->t->size; r.start = r.end) {
		r.end = w->t->size - r.start > RANDOM_IO_MAX ?
			r.start + RANDOM_IO_MAX : w->t->size;
		ret = blk_pread(w->t->blk, w->buf, r.end - r.start, r.start);
		if (ret) {
			random_fail(w, r, "read: %s", strerror(-ret));
			return;
		}
		if (!random_same(w, r, w->buf))
			return;
	}
}

/* The shadow as it is in the file @name, which has the image's size. */
static inline int random_map_shadow(struct random_test *t, const char *name)
{
	int fd = open(name, O_RDWR | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st)) {
		printf("# cannot open %s: %s\n", name, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	t->size = t->blk->size;
	if ((uint64_t)st.st_size > t->size ||
	    t->size - (uint64_t)st.st_size >= 4096 ||
	    ((uint64_t)st.st_size < t->size &&
	     ftruncate(fd, (off_t)t->size))) {
		printf("# %s has %lld bytes, the image %" PRIu64 "\n", name,
		       (long long)st.st_size, t->size);
		close(fd);
		return -1;
	}
	t->shadow = mmap(NULL, t->size, PROT_READ | PROT_WRITE, MAP_SHARED,
			 fd, 0);
	close(fd);
	return t->shadow == MAP_FAILED ? -1 : 0;
}

/*
 * random_run - do it all: open, compare, @t->ops operations, compare, close
 * @shadow: name of the shadow file; it is what is there at the start
 *
 * True if nothing was wrong.
 */
static inline bool random_run(struct random_test *t, const char *shadow)
{
	struct random_worker workers[RANDOM_THREADS_MAX] = { 0 };
	pthread_rwlockattr_t attr;
	unsigned int i;

	if (!t->blk && random_open(t))
		return false;
	if (random_map_shadow(t, shadow)) {
		blk_close(t->blk);
		return false;
	}
	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(&attr,
			PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&t->open_lock, &attr);
	pthread_rwlockattr_destroy(&attr);
	pthread_mutex_init(&t->range_lock, NULL);
	pthread_cond_init(&t->range_free, NULL);
	memset(t->locked, 0, sizeof(t->locked));
	atomic_store(&t->next_op, 0);
	atomic_store(&t->failed, false);
	random_zones(t);
	for (i = 0; i < t->threads; i++) {
		workers[i].t = t;
		workers[i].thread = i;
		workers[i].state = t->seed * 1000 + i;
		workers[i].buf = malloc(RANDOM_IO_MAX + RANDOM_GUARD);
		if (!workers[i].buf)
			abort();
	}

	random_compare_all(&workers[0]);
	if (t->threads == 1)
		random_work(&workers[0]);
	for (i = 0; t->threads > 1 && i < t->threads; i++)
		if (pthread_create(&workers[i].id, NULL, random_work,
				   &workers[i]))
			abort();
	for (i = 0; t->threads > 1 && i < t->threads; i++)
		pthread_join(workers[i].id, NULL);
	if (!atomic_load(&t->failed))
		random_compare_all(&workers[0]);
	if (t->blk && !(t->options.flags & BLK_OPEN_READ_ONLY))
		random_flush(&workers[0]);
	blk_close(t->blk);
	t->blk = NULL;
	/* And what another opening finds, unless it was written aside. */
	if (!atomic_load(&t->failed) && !(t->options.flags & BLK_OPEN_COW) &&
	    !random_open(t)) {
		random_compare_all(&workers[0]);
		blk_close(t->blk);
		t->blk = NULL;
	}

	for (i = 0; i < t->threads; i++)
		free(workers[i].buf);
	munmap(t->shadow, t->size);
	pthread_rwlock_destroy(&t->open_lock);
	pthread_mutex_destroy(&t->range_lock);
	pthread_cond_destroy(&t->range_free);
	return !atomic_load(&t->failed);
}

#endif /* TESTS_IMAGE_RANDOM_H */

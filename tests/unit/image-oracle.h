/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * image-oracle.h - knows what each sector of an image may hold after a process
 * was killed, the power was cut, or a write failed.
 *
 * Each sector has a list of the writes to it, oldest first.  Before a flush
 * nothing is certain, so after a crash a sector may hold any entry of its list.  A
 * successful flush drops all entries older than the last write that it covers.
 * All other sectors must read as before, also those next to a write.
 */
#ifndef TESTS_IMAGE_ORACLE_H
#define TESTS_IMAGE_ORACLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers/pattern.h"

#define SECTOR	512u

/* Contents that have no write of their own; those of writes follow. */
#define ORACLE_ZERO	0u
#define ORACLE_BASE	1u	/* the data of the start */
#define ORACLE_FIRST	2u

struct oracle_entry {
	uint32_t id;
	/*
	 * When it was done, in the time of who asks; 0: never, it failed or is
	 * still under way.  What may or may not have an effect never is.
	 */
	uint32_t done;
};

struct oracle_sector {
	unsigned int n;			/* 0: the base, alone */
	bool touched;			/* in the list of those */
	struct oracle_entry *list;
};

struct oracle {
	uint64_t n;			/* sectors */
	const unsigned char *base;
	struct oracle_sector *sectors;
	uint64_t *touched;
	uint64_t n_touched;
};

static inline void oracle_init(struct oracle *o, const unsigned char *base,
			       uint64_t size)
{
	memset(o, 0, sizeof(*o));
	o->n = size / SECTOR;
	o->base = base;
	o->sectors = calloc(o->n, sizeof(*o->sectors));
	o->touched = calloc(o->n, sizeof(*o->touched));
	if (!o->sectors || !o->touched)
		abort();
}

static inline void oracle_free(struct oracle *o)
{
	uint64_t i;

	for (i = 0; i < o->n; i++)
		free(o->sectors[i].list);
	free(o->sectors);
	free(o->touched);
}

/* The bytes of @id in a sector. */
static inline void oracle_bytes(const struct oracle *o, uint64_t sector,
				uint32_t id, unsigned char *buf)
{
	if (id == ORACLE_ZERO)
		memset(buf, 0, SECTOR);
	else if (id == ORACLE_BASE)
		memcpy(buf, o->base + sector * SECTOR, SECTOR);
	else
		pattern_fill(buf, SECTOR, id, sector * SECTOR);
}

static inline void oracle_fill(unsigned char *buf, uint64_t sector, uint64_t n,
			       uint32_t id)
{
	pattern_fill(buf, n * SECTOR, id, sector * SECTOR);
}

static inline void oracle_append(struct oracle_sector *s, uint32_t id)
{
	s->list = realloc(s->list, (s->n + 2) * sizeof(*s->list));
	if (!s->list)
		abort();
	if (!s->n)
		s->list[s->n++] = (struct oracle_entry){ ORACLE_BASE, 1 };
	s->list[s->n++] = (struct oracle_entry){ id, 0 };
}

/* Writing of @id to @n sectors begins. */
static inline void oracle_begin(struct oracle *o, uint64_t sector, uint64_t n,
				uint32_t id)
{
	struct oracle_sector *s;

	for (; n; n--, sector++) {
		s = &o->sectors[sector];
		oracle_append(s, id);
		if (!s->touched)
			o->touched[o->n_touched++] = sector;
		s->touched = true;
	}
}

/* It was done at @now, which never is less than it was before. */
static inline void oracle_done(struct oracle *o, uint64_t sector, uint64_t n,
			       uint32_t id, uint32_t now)
{
	struct oracle_sector *s;
	unsigned int i;

	for (; n; n--, sector++) {
		s = &o->sectors[sector];
		for (i = s->n; i-- && s->list[i].id != id;)
			;
		s->list[i].done = now;
	}
}

static inline void oracle_drop(struct oracle_sector *s, unsigned int n)
{
	memmove(s->list, s->list + n, (s->n - n) * sizeof(*s->list));
	s->n -= n;
}

/* All operations before @before are flushed. */
static inline void oracle_flushed(struct oracle *o, uint32_t before)
{
	uint64_t i, kept = 0;
	unsigned int last;

	for (i = 0; i < o->n_touched; i++) {
		struct oracle_sector *s = &o->sectors[o->touched[i]];

		for (last = s->n - 1; last; last--)
			if (s->list[last].done && s->list[last].done < before)
				break;
		oracle_drop(s, last);
		if (s->n > 1)
			o->touched[kept++] = o->touched[i];
		else
			s->touched = false;
	}
	o->n_touched = kept;
}

/*
 * oracle_find - which of the possible contents that is
 * @crashed: whether what was not flushed may be gone
 *
 * The newest one that fits, -1 if none does.
 */
static inline int oracle_find(const struct oracle *o, uint64_t sector,
			      const unsigned char *got, bool crashed)
{
	const struct oracle_sector *s = &o->sectors[sector];
	unsigned char want[SECTOR];
	unsigned int i;

	if (!s->n)
		return memcmp(got, o->base + sector * SECTOR, SECTOR) ? -1 : 0;
	for (i = s->n; i--;) {
		oracle_bytes(o, sector, s->list[i].id, want);
		if (!memcmp(got, want, SECTOR))
			return (int)i;
		if (s->list[i].done && !crashed)
			break;
	}
	return -1;
}

/* After a crash, what is found there is what is there. */
static inline void oracle_settle(struct oracle *o, uint64_t sector, int found)
{
	struct oracle_sector *s = &o->sectors[sector];

	if (!s->n)
		return;
	s->list[0] = (struct oracle_entry){ s->list[found].id, 1 };
	s->n = 1;
}

static inline void oracle_settled(struct oracle *o)
{
	uint64_t i;

	for (i = 0; i < o->n_touched; i++)
		o->sectors[o->touched[i]].touched = false;
	o->n_touched = 0;
}

/* Say what is wrong with a sector. */
static inline void oracle_explain(const struct oracle *o, uint64_t sector,
				  const unsigned char *got)
{
	const struct oracle_sector *s = &o->sectors[sector];
	unsigned char want[SECTOR];
	uint64_t word, at;
	unsigned int i;

	printf("# sector %llu (offset %llu) begins %02x %02x %02x %02x, but may be",
	       (unsigned long long)sector,
	       (unsigned long long)sector * SECTOR, got[0], got[1], got[2],
	       got[3]);
	for (i = 0; i < s->n; i++)
		printf(" %s%u", s->list[i].done ? "" : "perhaps ",
		       s->list[i].id);
	if (!s->n)
		printf(" what was there at the start");
	printf("\n");
	for (i = 0; i < SECTOR && !got[i]; i++)
		;
	if (i == SECTOR)
		printf("#   it is all zeroes\n");
	if (!memcmp(got, o->base + sector * SECTOR, SECTOR))
		printf("#   it is what was there at the start\n");
	/* Something that was written elsewhere, or earlier? */
	memcpy(&word, got, sizeof(word));
	for (i = ORACLE_FIRST; word && i < 20000; i++) {
		for (at = 0; at < o->n; at++) {
			if (pattern_word(i, at * SECTOR / 8) != word)
				continue;
			oracle_bytes(o, at, i, want);
			printf("#   it is %s what write %u put into sector %llu\n",
			       memcmp(got, want, SECTOR) ? "in part" : "all",
			       i, (unsigned long long)at);
			return;
		}
		if (i > 2000 && o->n > 20000)
			return;
	}
}

/*
 * oracle_check - hold an image against it
 * @settle: and take it for what is there from now on
 */
static inline bool oracle_check(struct oracle *o, const unsigned char *image,
				bool crashed, bool settle)
{
	unsigned int wrong = 0;
	uint64_t i;
	int found;

	for (i = 0; i < o->n; i++) {
		found = oracle_find(o, i, image + i * SECTOR, crashed);
		if (found < 0 && wrong++ < 4)
			oracle_explain(o, i, image + i * SECTOR);
		else if (found >= 0 && settle)
			oracle_settle(o, i, found);
	}
	if (settle)
		oracle_settled(o);
	if (wrong)
		printf("# %u sectors are wrong\n", wrong);
	return !wrong;
}

#endif /* TESTS_IMAGE_ORACLE_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * image-crash.h - random operations by one thread, for tests in which something
 * breaks.  An oracle (image-oracle.h) records the outcome of each.
 */
#ifndef TESTS_IMAGE_CRASH_H
#define TESTS_IMAGE_CRASH_H

#include "image-random.h"

#include "image-kinds.h"
#include "image-oracle.h"
#include "unit.h"

#define CRASH_IO_MAX	(1u << 20)

struct crash {
	struct random_test geometry;	/* where operations go */
	struct blk *blk;
	struct oracle oracle;
	uint64_t state;			/* of chance */
	uint32_t id;			/* of the last write */
	uint32_t now;			/* operations so far */
	unsigned int flushed, failed;	/* how many of them */
	unsigned char *buf;
	unsigned char *image;		/* room for what is in it */
	unsigned char *base;
	/* What the last one did not tell the oracle yet: see crash_end(). */
	struct {
		enum random_op op;
		uint64_t sector, n;
		uint32_t id, now;
		int ret;
	} last;
	bool wrong;			/* it read what it must not */
};

static inline bool crash_load(const char *name, unsigned char *buf,
			      uint64_t size)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	bool good = fd >= 0;
	uint64_t at = 0;
	ssize_t n;

	while (good && at < size) {
		n = pread(fd, buf + at, size - at, (off_t)at);
		good = n > 0;
		at += good ? (uint64_t)n : 0;
	}
	if (fd >= 0)
		close(fd);
	return good;
}

/* An image of this kind is made, and what it holds is the oracle's base. */
static inline bool crash_begin(struct crash *c, const struct image_kind *kind,
			       uint64_t seed)
{
	memset(c, 0, sizeof(*c));
	c->geometry.size = kind->size;
	c->geometry.cluster = kind->cluster;
	c->geometry.seed = seed;
	c->state = seed;
	c->now = 1;
	c->id = ORACLE_FIRST;
	random_zones(&c->geometry);
	c->buf = malloc(CRASH_IO_MAX);
	c->image = malloc(kind->size);
	c->base = malloc(kind->size);
	if (!c->buf || !c->image || !c->base)
		abort();
	oracle_init(&c->oracle, c->base, kind->size);
	setenv("F", kind_format(kind), 1);
	return !kind_make(kind, seed) &&
	       !kind_shell(kind, "qemu-img convert -f $F -O raw $I base.raw") &&
	       crash_load("base.raw", c->base, kind->size);
}

static inline void crash_free(struct crash *c)
{
	oracle_free(&c->oracle);
	free(c->buf);
	free(c->image);
	free(c->base);
}

static inline void crash_place(struct crash *c, bool moves, uint64_t *ret_sector,
			       uint64_t *ret_n)
{
	struct random_test *t = &c->geometry;
	const struct random_range *z =
		&t->zones[random_below(&c->state, RANDOM_ZONES)];
	uint64_t per = t->cluster / SECTOR, kind = random_below(&c->state, 20);
	uint64_t sectors = t->size / SECTOR, max, at, n;

	max = (moves ? CRASH_IO_MAX : 16 * t->cluster) / SECTOR;
	at = (z->start + random_below(&c->state, z->end - z->start)) / SECTOR;
	if (kind < 12) {
		n = 1 + random_below(&c->state, 16);
	} else if (kind < 15) {
		at -= at % per;
		n = per;
	} else if (kind < 18) {
		at -= at % per;
		n = 1 + random_below(&c->state, 8);
		at = at > n ? at - n : 0;
		n += random_below(&c->state, 8);
	} else {
		n = 1 + random_below(&c->state, moves ? 256 : max);
	}
	if (n > max)
		n = max;
	if (n > sectors - at)
		n = sectors - at;
	*ret_sector = at;
	*ret_n = n ? n : 1;
	if (!n)
		*ret_sector = 0;
}

static inline void crash_read(struct crash *c, uint64_t sector, uint64_t n)
{
	uint64_t i;
	int ret;

	if (n > CRASH_IO_MAX / SECTOR)
		n = CRASH_IO_MAX / SECTOR;
	ret = blk_pread(c->blk, c->buf, n * SECTOR, sector * SECTOR);
	c->last.ret = ret;
	for (i = 0; !ret && i < n; i++)
		if (oracle_find(&c->oracle, sector + i, c->buf + i * SECTOR,
				false) < 0) {
			printf("# while it is open, operation %u:\n", c->now);
			oracle_explain(&c->oracle, sector + i,
				       c->buf + i * SECTOR);
			c->wrong = true;
			break;
		}
}

/*
 * crash_op - one operation; returns what it returned
 *
 * The oracle knows that it was begun.  That it was done it learns from
 * crash_end(): what was found halfway is to be held against what was known
 * then.
 */
static inline int crash_op(struct crash *c)
{
	uint64_t n = random_below(&c->state, 100), sector, count;
	bool unmap = n & 1;

	c->now++;
	c->last.op = n < 52 ? RANDOM_WRITE : n < 66 ? RANDOM_READ :
		     n < 80 ? RANDOM_ZERO : n < 92 ? RANDOM_DISCARD :
		     RANDOM_FLUSH;
	crash_place(c, c->last.op == RANDOM_WRITE, &sector, &count);
	c->last.sector = sector;
	c->last.n = count;
	c->last.now = c->now;
	switch (c->last.op) {
	case RANDOM_WRITE:
		c->last.id = ++c->id;
		oracle_begin(&c->oracle, sector, count, c->last.id);
		oracle_fill(c->buf, sector, count, c->last.id);
		c->last.ret = blk_pwrite(c->blk, c->buf, count * SECTOR,
					 sector * SECTOR);
		break;
	case RANDOM_ZERO:
		c->last.id = ORACLE_ZERO;
		oracle_begin(&c->oracle, sector, count, c->last.id);
		c->last.ret = blk_write_zeroes(c->blk, sector * SECTOR,
					       count * SECTOR, unmap);
		break;
	case RANDOM_DISCARD:
		oracle_begin(&c->oracle, sector, count, ORACLE_ZERO);
		c->last.ret = blk_discard(c->blk, sector * SECTOR,
					  count * SECTOR);
		if (c->last.ret == -EOPNOTSUPP)
			c->last.ret = 0;
		break;
	case RANDOM_FLUSH:
		c->last.ret = blk_flush(c->blk);
		break;
	default:
		crash_read(c, sector, count);
		break;
	}
	return c->last.ret;
}

static inline void crash_end(struct crash *c)
{
	c->failed += c->last.ret != 0;
	if (c->last.ret)
		return;
	if (c->last.op == RANDOM_WRITE || c->last.op == RANDOM_ZERO)
		oracle_done(&c->oracle, c->last.sector, c->last.n, c->last.id,
			    c->last.now);
	if (c->last.op == RANDOM_FLUSH) {
		oracle_flushed(&c->oracle, c->last.now);
		c->flushed++;
	}
}

/* All that is in @blk, into c->image. */
static inline bool crash_read_all(struct crash *c, struct blk *blk)
{
	uint64_t at, n;
	int ret;

	if (blk->size != c->geometry.size) {
		printf("# it has %" PRIu64 " bytes\n", blk->size);
		return false;
	}
	for (at = 0; at < blk->size; at += n) {
		n = blk->size - at < M(4) ? blk->size - at : M(4);
		ret = blk_pread(blk, c->image + at, n, at);
		if (ret) {
			printf("# cannot read at %" PRIu64 ": %s\n", at,
			       strerror(-ret));
			return false;
		}
	}
	return true;
}

static inline bool crash_open_file(struct crash *c,
				   const struct image_kind *kind,
				   const char *name, unsigned int flags)
{
	const struct blk_options options = {
		.format = kind_format(kind),
		.flags = flags | BLK_OPEN_NAMED_FILES,
	};
	struct lkl_error err = { "" };
	struct blk *blk;
	bool good;

	if (blk_open(name, &options, &blk, &err)) {
		printf("# cannot open it: %s\n", err.text);
		return false;
	}
	good = crash_read_all(c, blk);
	blk_close(blk);
	return good;
}

/* Does the file begin with a header whose dirty bit is set? */
static inline bool crash_is_dirty(const char *name)
{
	unsigned char head[80] = { 0 };

	return crash_load(name, head, sizeof(head)) && head[7] >= 3 &&
	       head[79] & 1;
}

/*
 * crash_check_file - hold what an image file holds after a crash against the
 * oracle: as we read it and as QEMU does, which finds leaks at worst
 */
static inline bool crash_check_file(struct crash *c,
				    const struct image_kind *kind,
				    const char *name, bool crashed)
{
	setenv("C", name, 1);
	if (!crash_open_file(c, kind, name, BLK_OPEN_READ_ONLY))
		return false;
	if (!oracle_check(&c->oracle, c->image, crashed, false)) {
		printf("# as we read it\n");
		return false;
	}
	if (!strcmp(kind_format(kind), "raw"))
		return true;
	/* Lazy refcounts are wrong while it says so, and can be repaired. */
	if (crash_is_dirty(name) && (!strstr(kind->name, "lazy") ||
	    kind_shell(kind, "qemu-img check -f qcow2 -q -r all $C "
			     ">check.out 2>&1 || { cat check.out; exit 1; }"))) {
		printf("# it is dirty\n");
		return false;
	}
	if (kind_shell(kind, "qemu-img check -f qcow2 $C >check.out 2>&1 || "
			     "[ $? = 3 ] || { head -n 20 check.out; exit 1; }\n"
			     "qemu-img convert -f qcow2 -O raw $C cut.raw") ||
	    !crash_load("cut.raw", c->image, c->geometry.size))
		return false;
	if (!oracle_check(&c->oracle, c->image, crashed, false)) {
		printf("# as QEMU reads it\n");
		return false;
	}
	return true;
}

/* ---- A test of each kind ---- */

/* @n: how much of it; says what is wrong. */
typedef bool kind_test_fn(const struct image_kind *kind, uint64_t seed,
			  unsigned int n);

static struct {
	kind_test_fn *test;
	const struct image_kind *kind;
	uint64_t seed;
	unsigned int n;
} kind_test;

static inline void holds(void)
{
	CHECK(kind_test.test(kind_test.kind, kind_test.seed, kind_test.n));
}

/*
 * Run @test on @names, or on the kinds that the command line names.  How much
 * of it is in the environment's variable @env, @n if that is not set.
 */
static inline void kinds_run(kind_test_fn *test, const char *const *names,
			     size_t n_names, const char *env, unsigned int n,
			     int argc, char **argv)
{
	unsigned int i;

	if (kinds_need_qemu())
		SKIP_ALL("qemu-img and qemu-io are not installed");
	kind_test.test = test;
	kind_test.seed = random_given("TEST_SEED", 1);
	kind_test.n = (unsigned int)random_given(env, n);
	for (i = 0; i < IMAGE_KINDS; i++) {
		if (!kind_chosen(&image_kinds[i], names, n_names, argc, argv))
			continue;
		kind_test.kind = &image_kinds[i];
		printf("# %s\n", kind_test.kind->name);
		RUN(holds);
	}
}

#endif /* TESTS_IMAGE_CRASH_H */

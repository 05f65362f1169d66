// SPDX-License-Identifier: GPL-2.0-only
/*
 * image-power-cut.c - cuts the power while a qcow2 image is written to.
 *
 * The image is in memory.  At a random write, maybe in the middle of an
 * operation, any part of the writes since the last flush is lost.  In the image
 * that is left, qemu-img check finds leaks at worst, flushed data is there, and
 * nothing else has changed.  Sometimes the test continues with that image.
 *
 *   image-power-cut [KIND...]
 *
 * TEST_SEED determines all of it.  Environment: IMAGE_CUTS (number for each
 * kind).
 *
 * timeout: 3000
 */
#include "image-crash.h"
#include "image-sim.h"
#include "unit.h"

/* Raw is there to see that the test itself is right. */
static const char *const kinds[] = {
	"raw-data",
	"v3-512", "v3-4k", "v3-64k", "v2-512", "refcount-1", "refcount-2",
	"refcount-64", "filled-4k", "preallocated-512", "extended-16k",
	"extended-64k", "lazy", "lazy-512", "over-raw-4k", "over-odd-raw",
	"over-512-over-2M", "zlib-512", "zstd-4k", "snapshots-512",
	"snapshots-v2", "snapshots-packed",
};

static unsigned int total_cuts, total_restarts;
static uint64_t total_ops, total_flushes, total_lost;

static const struct blk_origin origin = {
	.path = "image", .flags = BLK_OPEN_NAMED_FILES,
};

static bool open_sim(struct crash *c, struct sim *sim)
{
	struct lkl_error err = { "" };
	int ret = 0;

	c->blk = &sim->blk;
	if (!strcmp(getenv("F"), "qcow2"))
		ret = qcow2_open(&sim->blk, &origin, &c->blk, &err);
	if (ret) {
		c->blk = NULL;
		printf("# cannot open: %s (%s)\n", err.text, strerror(-ret));
	}
	return !ret;
}

/* Work until the power is cut, and look at what is left. */
static bool one_cut(struct crash *c, struct sim *sim,
		    const struct image_kind *kind)
{
	uint64_t within = 1ull << (1 + random_below(&c->state, 9));
	unsigned int ops = 0;
	uint32_t from = c->now;

	sim->was_cut = false;
	sim->cut_seed = random_next(&c->state);
	sim->cut_at = sim->changes + 1 + random_below(&c->state, within);
	while (!sim->was_cut && ops++ < 300 && !c->wrong) {
		if (crash_op(c)) {
			printf("# %s failed: %s\n", random_names[c->last.op],
			       strerror(-c->last.ret));
			return false;
		}
		if (!sim->was_cut)
			crash_end(c);
	}
	if (c->wrong)
		return false;
	if (!sim->was_cut)
		sim_make_cut(sim);
	total_cuts++;
	total_ops += c->now - from;
	total_lost += sim->n_events;
	if (!sim_save(&sim->cut, "cut"))
		return false;
	if (!crash_check_file(c, kind, "cut", true)) {
		printf("# cut in operation %u (%s at sector %" PRIu64 ", %"
		       PRIu64 " sectors), at change %" PRIu64 " of which %s\n",
		       c->now, random_names[c->last.op], c->last.sector,
		       c->last.n, sim->cut_at, sim->cut_how);
		return false;
	}
	return true;
}

/* The power comes back. */
static bool restart(struct crash *c, struct sim *sim)
{
	struct sim_bytes cut = {
		.at = malloc(sim->max), .size = sim->cut.size,
	};
	bool good;

	if (!cut.at)
		abort();
	memcpy(cut.at, sim->cut.at, sim->max);
	blk_close(c->blk);
	sim_restart(sim, &cut);
	free(cut.at);
	total_restarts++;
	good = open_sim(c, sim) && crash_read_all(c, c->blk) &&
	       oracle_check(&c->oracle, c->image, true, true);
	if (!good)
		printf("# when it went on\n");
	return good;
}

static bool test_kind(const struct image_kind *kind, uint64_t seed,
		      unsigned int cuts)
{
	static const char snapshots[] =
		"for s in $(qemu-img snapshot -l $W | "
		"	awk '$1 ~ /^[0-9]+$/ { print $2 }'); do\n"
		"	qemu-img convert -l snapshot.name=$s -O raw $W s.raw\n"
		"	echo $s $(sha256sum <s.raw)\n"
		"done";
	struct crash c;
	struct sim sim;
	unsigned int i;
	bool good;

	setenv("SNAPSHOTS", snapshots, 1);
	if (!crash_begin(&c, kind, seed) ||
	    kind_shell(kind, "W=$I; eval \"$SNAPSHOTS\" >snaps") ||
	    !sim_load(&sim, "image", kind->size + M(8)))
		return false;
	good = open_sim(&c, &sim);
	for (i = 0; good && i < cuts; i++) {
		good = one_cut(&c, &sim, kind);
		/* Or the operation that was cut was not, and is done. */
		if (good && random_below(&c.state, 3) == 0)
			good = restart(&c, &sim);
		else if (good)
			crash_end(&c);
	}
	/* An orderly end, after all that. */
	if (good) {
		good = !blk_flush(c.blk);
		blk_close(c.blk);
		c.blk = NULL;
		oracle_flushed(&c.oracle, ++c.now);
		good = good && sim_save(&sim.now, "cut") &&
		       crash_check_file(&c, kind, "cut", false);
		if (!good)
			printf("# after an orderly end\n");
		if (good && kind_shell(kind, "W=cut; eval \"$SNAPSHOTS\" | "
				       "diff snaps -")) {
			printf("# a snapshot changed\n");
			good = false;
		}
	} else if (c.blk) {
		blk_close(c.blk);
	}
	total_flushes += c.flushed;
	if (!good)
		printf("# %s: seed %" PRIu64 ", after %u cuts\n", kind->name,
		       seed, i);
	sim_free(&sim);
	crash_free(&c);
	return good;
}

int main(int argc, char **argv)
{
	kinds_run(test_kind, kinds, sizeof(kinds) / sizeof(*kinds),
		  "IMAGE_CUTS", 12, argc, argv);
	printf("# %u cuts in %" PRIu64 " operations, %" PRIu64
	       " flushes, %" PRIu64 " writes at stake, %u went on from there\n",
	       total_cuts, total_ops, total_flushes, total_lost,
	       total_restarts);
	return unit_exit();
}

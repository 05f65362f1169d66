// SPDX-License-Identifier: GPL-2.0-only
/*
 * image-faults.c - tests qcow2 on storage that fails now and then.
 *
 * If a call of the storage fails, the operation that needs it must fail, and no
 * operation may fail while the storage works.  After that all data can be read,
 * flushed data is there, and qemu-img check finds leaks at worst.
 *
 *   image-faults [KIND...]
 *
 * TEST_SEED determines all of it.  Environment: IMAGE_FAULTS (number for each
 * kind).
 *
 * timeout: 3000
 */
#include "image-crash.h"
#include "image-sim.h"
#include "unit.h"

static const char *const kinds[] = {
	"v3-512", "v3-4k", "v3-64k", "v2-4k", "refcount-1", "refcount-2",
	"filled-4k", "extended-16k", "lazy-512", "over-raw-4k", "zlib-512",
	"zstd-4k", "snapshots-512", "snapshots-packed",
};

static unsigned int total_rounds;
static uint64_t total_ops, total_failed, total_faults, total_gave_up;

static const struct blk_origin origin = {
	.path = "image", .flags = BLK_OPEN_NAMED_FILES,
};

static void start_faults(struct crash *c, struct sim *sim)
{
	static const unsigned int calls[] = {
		SIM_ALL, SIM_CHANGES, SIM_WRITE, SIM_FLUSH, SIM_READ,
		SIM_RESIZE | SIM_WRITE, SIM_ZERO | SIM_DISCARD,
		SIM_FLUSH | SIM_WRITE,
	};
	static const int errors[] = { -EIO, -ENOSPC, -EIO };
	static const unsigned int counts[] = { 1, 1, 2, 5, 1000000 };

	pthread_mutex_lock(&sim->lock);
	sim->faults = 0;
	sim->fault_calls = calls[random_below(&c->state, 8)];
	sim->fault_error = errors[random_below(&c->state, 3)];
	sim->fault_count = counts[random_below(&c->state, 5)];
	sim->fault_after = random_below(&c->state,
					random_below(&c->state, 2) ? 8 : 80);
	sim->fault_partly = random_below(&c->state, 2);
	pthread_mutex_unlock(&sim->lock);
}

/* A few operations; *@ret_errors of them may fail only if storage did. */
static bool work(struct crash *c, struct sim *sim, unsigned int n)
{
	while (n-- && !c->wrong) {
		total_ops++;
		if (crash_op(c) && !sim->faults) {
			printf("# %s at sector %" PRIu64 " failed for no reason: %s\n",
			       random_names[c->last.op], c->last.sector,
			       strerror(-c->last.ret));
			return false;
		}
		crash_end(c);
	}
	return !c->wrong;
}

static bool one_round(struct crash *c, struct sim *sim,
		      const struct image_kind *kind)
{
	struct lkl_error err = { "" };
	unsigned int failed;
	bool good, flushed;
	int ret;

	ret = qcow2_open(&sim->blk, &origin, &c->blk, &err);
	if (ret) {
		printf("# cannot open: %s\n", err.text);
		return false;
	}
	sim->faults = 0;
	good = work(c, sim, (unsigned int)random_below(&c->state, 40));
	start_faults(c, sim);
	failed = c->failed;
	good = good && work(c, sim, 60);
	sim_no_faults(sim);
	total_failed += c->failed - failed;
	total_faults += sim->faults;
	failed = c->failed;
	good = good && work(c, sim, 30);
	total_gave_up += c->failed - failed;
	good = good && crash_read_all(c, c->blk) &&
	       oracle_check(&c->oracle, c->image, false, false);
	if (!good)
		printf("# while it is open\n");
	flushed = !blk_flush(c->blk);
	if (flushed)
		oracle_flushed(&c->oracle, ++c->now);
	blk_close(c->blk);
	if (!good)
		return false;
	if (!flushed && !sim->faults) {
		printf("# the last flush failed for no reason\n");
		return false;
	}
	total_rounds++;
	good = sim_save(&sim->now, "cut") &&
	       crash_check_file(c, kind, "cut", !flushed);
	/* The oracle follows what QEMU found. */
	return good && oracle_check(&c->oracle, c->image, !flushed, true);
}

/* Opening fails with a reason, and leaves nothing behind. */
static bool open_fails(struct sim *sim, bool write)
{
	const struct blk_origin from = {
		.path = "image",
		.flags = BLK_OPEN_NAMED_FILES |
			 (write ? 0 : BLK_OPEN_READ_ONLY),
	};
	struct blk *blk = NULL;
	unsigned int i;
	int ret;

	for (i = 0; i < 200; i++) {
		struct lkl_error err = { "" };

		sim->fault_calls = SIM_ALL;
		sim->fault_error = -EIO;
		sim->fault_count = 1;
		sim->fault_after = i;
		sim->fault_partly = false;
		sim->faults = 0;
		ret = qcow2_open(&sim->blk, &from, &blk, &err);
		sim_no_faults(sim);
		if (!ret) {
			blk_close(blk);
			if (!sim->faults)
				return i > 0;
			continue;
		}
		if (!err.text[0] || !sim->faults) {
			printf("# fault %u: \"%s\", %s\n", i, err.text,
			       strerror(-ret));
			return false;
		}
	}
	printf("# opening makes more than 200 calls\n");
	return false;
}

static bool test_kind(const struct image_kind *kind, uint64_t seed,
		      unsigned int rounds)
{
	struct crash c;
	struct sim sim;
	unsigned int i;
	bool good;

	if (!crash_begin(&c, kind, seed) ||
	    !sim_load(&sim, "image", kind->size + M(16)))
		return false;
	good = open_fails(&sim, false) && open_fails(&sim, true);
	for (i = 0; good && i < rounds; i++)
		good = one_round(&c, &sim, kind);
	if (!good)
		printf("# %s: seed %" PRIu64 ", round %u: calls 0x%x fail with %s%s, %"
		       PRIu64 " did\n", kind->name, seed, i, sim.fault_calls,
		       strerror(-sim.fault_error),
		       sim.fault_partly ? " halfway" : "", sim.faults);
	sim_free(&sim);
	crash_free(&c);
	return good;
}

int main(int argc, char **argv)
{
	kinds_run(test_kind, kinds, sizeof(kinds) / sizeof(*kinds),
		  "IMAGE_FAULTS", 10, argc, argv);
	printf("# %u rounds of %" PRIu64 " operations: %" PRIu64
	       " calls below failed, %" PRIu64 " operations; %" PRIu64
	       " later on\n", total_rounds, total_ops, total_faults,
	       total_failed, total_gave_up);
	return unit_exit();
}

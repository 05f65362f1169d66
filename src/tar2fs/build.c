// SPDX-License-Identifier: GPL-2.0-only
/*
 * build.c - makes one file system from inputs, in a part of an image.
 *
 * The smallest size that works is found by trying.  mkfs takes milliseconds on a sparse
 * file.  Then the kernel says how much room there is, and that is compared with the
 * estimate of demand.c.  When the room is right, the inputs are copied.  If the file
 * system becomes full after all, or much of it stays free, the estimate was wrong: it is
 * corrected, and the copy begins again.
 *
 * The alternative is a large file system that is made smaller at the end.  It would spare
 * the estimate, but with ext4, 50,000 files and 1.4 GB, the result of "resize2fs -M" has
 * 2.22 GB, and the one of this file 1.61 GB.
 */
#include "build.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/cli/parse.h"
#include "common/cli/quote.h"
#include "common/cli/report.h"
#include "common/error.h"
#include "mkfs.h"

/* Sizes tried before the search gives up. */
#define TRIES_MAX	60

/* After so many complete copies, an image that is larger than it need be will do. */
#define COPIES_MAX	5

/* Sizes, each twice the one before, that mkfs may refuse as too small. */
#define REFUSALS_MAX	6

/* One inode for so many bytes that are left free, as mke2fs has it. */
#define FREE_PER_INODE	16384

/* Bytes of a block group of ext4, with blocks of 1024 bytes. */
#define SMALLEST_GROUP	(8u << 20)

struct search {
	const struct file_system *wanted;
	const struct building *building;
	struct inputs *inputs;
	const struct demand *demand;
	const struct fill_target *target;
	struct settings settings;	/* of the copies */
	uint64_t size;			/* to try */
	uint64_t too_small, enough;	/* known sizes; UINT64_MAX: none */
	int64_t correction;		/* of the demand */
	uint64_t more_inodes;		/* than the demand has */
	unsigned int copies;		/* that were complete */
	unsigned int overflows;		/* copies that filled the file system */
	unsigned int refusals;		/* by mkfs, of the last sizes */
	bool accept_large;
};

static uint64_t round_up(uint64_t bytes, uint64_t unit)
{
	return (bytes + unit - 1) / unit * unit;
}

static uint64_t clamp_size(const struct search *search, uint64_t size)
{
	const struct kind *kind = search->wanted->kind;

	if (size < kind->least)
		size = kind->least;
	return round_up(size, kind->granule);
}

/* Inodes for the inputs and for files that fill the free room later. */
static uint64_t wanted_inodes(const struct search *search)
{
	const struct file_system *wanted = search->wanted;
	uint64_t free = search->size / 100 * wanted->free_percent;

	/* mke2fs rounds the number down in each block group. */
	uint64_t lost = 8 * (search->size / SMALLEST_GROUP + 1);

	if (!search->demand)
		return 0;
	if (free < wanted->free_bytes)
		free = wanted->free_bytes;
	if (wanted->size > search->demand->data)
		free = wanted->size - search->demand->data;
	return search->demand->inodes + search->more_inodes + 16 + lost +
		free / FREE_PER_INODE;
}

/* Does the user choose the number of inodes? */
static bool has_inode_option(const char *options)
{
	const char *at;

	for (at = options; at && *at; at++)
		if ((at == options || at[-1] == ' ') && at[0] == '-' &&
		    (at[1] == 'N' || at[1] == 'i' || at[1] == 'T'))
			return true;
	return false;
}

/* Different file systems should not have the same UUID. */
static void describe_content(const struct search *search, char *buf,
			     size_t size)
{
	const struct file_system *wanted = search->wanted;
	const struct demand none = { 0 };
	/* With a given size, the demand of some inputs is not known. */
	const struct demand *demand = wanted->size ? &none : search->demand;

	snprintf(buf, size, "%s %s %" PRIu64 " %" PRIu64 " %" PRIu64,
		 wanted->kind->name,
		 wanted->identity.label ? wanted->identity.label : "",
		 wanted->size, demand->inodes, demand->data);
}

static int make_empty(const struct search *search, struct lkl_error *err)
{
	const struct file_system *wanted = search->wanted;
	char seed[512];
	const struct mkfs mkfs = {
		.kind = wanted->kind, .program = wanted->mkfs,
		.identity = &wanted->identity,
		.options = wanted->mkfs_options,
		.inodes = has_inode_option(wanted->mkfs_options) ? 0 :
			wanted_inodes(search),
		.sandbox = search->building->common->sandbox,
		.root_bytes = search->demand ? search->demand->root_bytes : 0,
		.library = wanted->mkfs_library,
		.seed = wanted->identity.has_time ? seed : NULL,
	};
	const struct fill_target *target = search->target;
	int ret = 0;

	if (wanted->kind->most && !wanted->mkfs_options &&
	    search->size > wanted->kind->most)
		return error_set(err, -EFBIG,
				 "%s: a %s has at most %" PRIu64 " bytes",
				 quote_name(target->name), wanted->kind->name,
				 wanted->kind->most);
	describe_content(search, seed, sizeof(seed));
	/* All of both becomes a hole. */
	if (!target->size)
		ret = lkl_disk_create(target->path, target->format, search->size,
				      err);
	if (!ret && target->scratch)
		ret = lkl_disk_create(target->scratch, "raw", search->size, err);
	if (ret < 0) {
		error_drop_prefix(err, ret, target->path);
		if (target->scratch)
			error_drop_prefix(err, ret, target->scratch);
		return error_prefix(err, ret, "%s", quote_name(target->name));
	}
	ret = mkfs_run(&mkfs, target->scratch ? target->scratch : target->path,
		       err);
	return ret < 0 ? error_prefix(err, ret, "%s", quote_name(target->name)) :
		0;
}

/* Makes the file system of this size, and copies if the room is right. */
static int try_size(struct search *search, struct filled *filled,
		    struct lkl_error *err)
{
	const struct file_system *wanted = search->wanted;
	const struct fill fill = {
		.kind = wanted->kind,
		.target = search->target,
		.size = search->size,
		.common = search->building->common,
		.settings = &search->settings,
		.inputs = search->inputs,
		/* A copy into a given size shows by itself whether it fits. */
		.demand = wanted->size && !wanted->dry_run ? NULL :
			search->demand,
		.correction = search->correction,
		.free_bytes = wanted->free_bytes,
		.free_percent = wanted->free_percent,
		.subvolumes = &wanted->subvolumes,
		.compress = wanted->compress,
		.finish = wanted->finish,
		.finish_opaque = wanted->finish_opaque,
		.accept_large = search->accept_large || wanted->size,
		.only_look = wanted->dry_run,
		.no_lost_found = wanted->no_lost_found,
	};
	int ret = make_empty(search, err);

	search->refusals = ret < 0 ? search->refusals + 1 : 0;
	return ret < 0 ? ret : fill_run(&fill, filled, err);
}

static void note_too_small(struct search *search)
{
	if (search->size > search->too_small)
		search->too_small = search->size;
}

static void note_enough(struct search *search)
{
	if (search->size < search->enough)
		search->enough = search->size;
}

/* Chooses a size between those that are known. */
static void next_size(struct search *search, uint64_t guess)
{
	uint64_t low = search->too_small, high = search->enough, gap;

	guess = clamp_size(search, guess);
	search->accept_large = false;
	if (high == UINT64_MAX) {
		search->size = guess > low ? guess :
			clamp_size(search, low + low / 64);
		return;
	}
	gap = high > low ? high - low : 0;
	/* Close enough: half of a percent; or there is no smaller one. */
	if (gap <= high / 200 || gap <= 2 * search->wanted->kind->granule ||
	    high <= clamp_size(search, 0)) {
		search->size = high;
		search->accept_large = true;
		return;
	}
	if (guess <= low || guess >= high)
		guess = clamp_size(search, low + gap / 2);
	search->size = guess;
}

/* Would a smaller image be worth another copy, by the demand that this one has shown? */
static bool is_wasteful(struct search *search, const struct filled *filled)
{
	uint64_t limit = search->size / 32;

	/* Room stays free in a btrfs that is full: no smaller size may work. */
	if (search->size - search->too_small <= limit)
		return false;
	return filled->excess > limit &&
		filled->excess > 4 * search->wanted->kind->granule &&
		search->size > search->wanted->kind->least &&
		search->copies < COPIES_MAX && !search->accept_large;
}

/* Correct the demand by the bytes that were used. */
static void correct_demand(struct search *search, const struct filled *filled)
{
	const struct room *room = &filled->before;
	uint64_t used = room->free - filled->after.free;

	search->correction = (int64_t)(used + used / 500 + room->block_size) -
		(int64_t)demand_bytes(search->demand, search->wanted->kind,
				      room->block_size);
}

/*
 * The copy has filled the file system.  If the estimate is far off, small steps
 * would not end: from the third on, each is twice the one before.
 */
static void grow(struct search *search, const struct filled *filled)
{
	const uint64_t least = 4 * search->wanted->kind->granule;
	uint64_t step = search->size / 64;

	if (step < least)
		step = least;
	if (search->overflows > 2)
		step <<= search->overflows - 2;
	note_too_small(search);
	search->enough = UINT64_MAX;
	if (search->overflows < 8)
		search->overflows++;
	if (filled->before.inodes && filled->after.inodes < 16)
		search->more_inodes = 2 * search->more_inodes + 16 +
			search->demand->inodes / 4;
	search->correction += (int64_t)step;
	next_size(search, search->size + step);
}

/*
 * mkfs has failed.  If the reason was the size, as with more inodes than there is
 * room for, a larger one helps; otherwise it says the same again.  Returns whether to
 * go on.
 */
static bool grow_for_mkfs(struct search *search)
{
	if (!search->refusals || search->refusals > REFUSALS_MAX)
		return false;
	note_too_small(search);
	next_size(search, search->size * 2);
	return search->size > search->too_small;
}

/* Returns 1 if the file system is complete, 0 to go on. */
static int judge_try(struct search *search, const struct filled *filled)
{
	/* Of a larger file system, a part has to be free as well. */
	const unsigned int usable = 100 - search->wanted->free_percent;

	switch (filled->outcome) {
	case FILL_SMALL:
		note_too_small(search);
		next_size(search, search->size + (filled->shortage +
			  filled->shortage / 32) * 100 / usable);
		return 0;
	case FILL_LARGE:
		note_enough(search);
		next_size(search, search->size - filled->excess +
			  filled->excess / 64);
		return 0;
	case FILL_FULL:
		grow(search, filled);
		return 0;
	case FILL_DONE:
		break;
	}
	if (search->wanted->dry_run)
		return 1;
	search->copies++;
	if (filled->shortage) {
		correct_demand(search, filled);
		note_too_small(search);
		next_size(search, search->size + filled->shortage * 100 /
			  usable);
		return 0;
	}
	if (!is_wasteful(search, filled))
		return 1;
	correct_demand(search, filled);
	note_enough(search);
	next_size(search, search->size - filled->excess +
		  filled->excess / 64);
	return 0;
}

static int search_size(struct search *search, struct built *built,
		       struct lkl_error *err)
{
	unsigned int tries;
	int ret;

	/* A size that turns out too small is no error. */
	search->settings.stop_when_full = true;
	/* A problem with a file is reported by the first copy only. */
	report_once();
	search->size = clamp_size(search,
		demand_bytes(search->demand, search->wanted->kind, 4096) +
		search->demand->inodes * search->wanted->kind->table_bytes +
		search->wanted->free_bytes + search->wanted->kind->least);
	for (tries = 0; tries < TRIES_MAX; tries++) {
		ret = try_size(search, &built->filled, err);
		if (ret < 0 && grow_for_mkfs(search))
			continue;
		if (ret < 0)
			return ret;
		built->size = search->size;
		if (judge_try(search, &built->filled))
			return 0;
	}
	return error_set(err, -ENOSPC,
			 "found no size that fits: give one with --size");
}

int build_file_system(const struct file_system *wanted,
		      const struct building *building, struct inputs *inputs,
		      const struct demand *demand, const struct fill_target *target,
		      struct built *ret_built, struct lkl_error *err)
{
	struct search search = {
		.wanted = wanted, .building = building, .inputs = inputs,
		.demand = demand, .target = target,
		.settings = *building->settings,
		.enough = UINT64_MAX,
		.size = wanted->size,
	};
	struct built built = { .size = wanted->size };
	int ret;

	if (wanted->kind->refuses_less && !wanted->mkfs_options &&
	    wanted->size && wanted->size < wanted->kind->least)
		return error_set(err, -EINVAL,
				 "%s: an %s has at least %" PRIu64 " bytes, or it has no journal",
				 quote_name(target->name), wanted->kind->name,
				 wanted->kind->least);
	ret = wanted->size ? try_size(&search, &built.filled, err) :
		search_size(&search, &built, err);
	if (!ret)
		*ret_built = built;
	return ret;
}

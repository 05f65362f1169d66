// SPDX-License-Identifier: GPL-2.0-only
/*
 * arrange.c - the places of partitions on a disk.
 */
#include "arrange.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "common/error.h"

/* No disk is larger; so sums of sizes stay below 2^63. */
#define DISK_MAX	(1ull << 60)

static uint64_t round_up(uint64_t bytes)
{
	return (bytes + ARRANGE_ALIGN - 1) / ARRANGE_ALIGN * ARRANGE_ALIGN;
}

static uint64_t round_down(uint64_t bytes)
{
	return bytes / ARRANGE_ALIGN * ARRANGE_ALIGN;
}

/* The start of a partition behind this one. */
static uint64_t rounded_end(const struct extent *extent)
{
	return extent->start + round_up(extent->partition.size) +
		round_up(extent->padding.size);
}

/* Places all with the sizes that they have.  Returns the end of the last one. */
static uint64_t place_all(struct extent *extents, size_t n)
{
	uint64_t at = ARRANGE_ALIGN, end = at;
	size_t i;

	for (i = 0; i < n; i++) {
		extents[i].start = at;
		end = at + extents[i].partition.size + extents[i].padding.size;
		at = rounded_end(&extents[i]);
	}
	return end;
}

/* The units of ARRANGE_ALIGN that a share takes. */
static uint64_t units_of(uint64_t bytes)
{
	return round_up(bytes) / ARRANGE_ALIGN;
}

/* @units * @weight / @weights; @units are below 2^40. */
static uint64_t part_of(uint64_t units, uint64_t weight, uint64_t weights)
{
	return units * weight / weights;
}

/*
 * A share that would get less than its minimum gets its minimum; one that would get more
 * than its maximum gets its maximum.  Each such share changes the rest for the others, so
 * the division then begins again.
 */
static void distribute(struct share **shares, size_t n, uint64_t units)
{
	uint64_t weights = 0, part, left = units;
	bool again = true, any_small;
	size_t i, open = n;

	for (i = 0; i < n; i++)
		weights += shares[i]->weight;
	while (open && again && weights) {
		any_small = again = false;
		for (i = 0; i < n; i++) {
			if (shares[i]->size != UINT64_MAX)
				continue;
			part = part_of(left, shares[i]->weight, weights);
			if (part < units_of(shares[i]->min))
				any_small = true;
		}
		for (i = 0; i < n && !again; i++) {
			if (shares[i]->size != UINT64_MAX)
				continue;
			part = part_of(left, shares[i]->weight, weights);
			if (part < units_of(shares[i]->min))
				shares[i]->size = shares[i]->min;
			else if (!any_small &&
				 part * ARRANGE_ALIGN > shares[i]->max)
				shares[i]->size = shares[i]->max;
			else
				continue;
			left -= units_of(shares[i]->size);
			weights -= shares[i]->weight;
			open--;
			again = true;
		}
	}
	/* The remainder of the rounding stays free. */
	for (i = 0; i < n; i++) {
		if (shares[i]->size == UINT64_MAX)
			shares[i]->size = weights ?
				part_of(left, shares[i]->weight, weights) *
				ARRANGE_ALIGN : shares[i]->min;
		if (shares[i]->size > shares[i]->max)
			shares[i]->size = shares[i]->max;
	}
}

static int grow(struct extent *extents, size_t n, uint64_t end,
		struct lkl_error *err)
{
	cleanup_free struct share **shares = calloc(2 * n, sizeof(*shares));
	uint64_t units = (end - ARRANGE_ALIGN) / ARRANGE_ALIGN;
	struct share *share;
	size_t i, growing = 0;

	if (!shares)
		return error_no_memory(err);
	for (i = 0; i < 2 * n; i++) {
		share = i % 2 ? &extents[i / 2].padding :
			&extents[i / 2].partition;
		share->size = share->min;
		if (!share->weight || share->max <= share->min) {
			units -= units_of(share->min);
			continue;
		}
		share->size = UINT64_MAX;
		shares[growing++] = share;
	}
	distribute(shares, growing, units);
	return 0;
}

int arrange(struct extent *extents, size_t n, uint64_t tail, uint64_t disk,
	    uint64_t *ret_disk, struct lkl_error *err)
{
	uint64_t end, sum = 0;
	size_t i;
	int ret;

	for (i = 0; i < n; i++) {
		extents[i].partition.size = extents[i].partition.min;
		extents[i].padding.size = extents[i].padding.min;
		if (extents[i].partition.min > DISK_MAX ||
		    extents[i].padding.min > DISK_MAX)
			sum = DISK_MAX;
		else
			sum += extents[i].partition.min +
				extents[i].padding.min;
		if (sum >= DISK_MAX)
			return error_set(err, -EFBIG,
					 "the partitions are too large");
	}
	end = place_all(extents, n);
	if (!disk) {
		*ret_disk = round_up(end + tail);
		return 0;
	}
	if (disk > DISK_MAX)
		return error_set(err, -EFBIG, "the disk is too large");
	if (disk < tail || end > disk - tail)
		return error_set(err, -ENOSPC,
				 "the partitions need a disk of %" PRIu64
				 " bytes, and --size= is %" PRIu64,
				 end + tail, disk);
	*ret_disk = disk;
	/* There is no room to share. */
	if (rounded_end(&extents[n - 1]) > round_down(disk - tail))
		return 0;
	ret = grow(extents, n, round_down(disk - tail), err);
	if (!ret)
		place_all(extents, n);
	return ret;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * arrange.h - the places of partitions on a disk.
 */
#ifndef TAR2FS_LAYOUT_ARRANGE_H
#define TAR2FS_LAYOUT_ARRANGE_H

#include <stddef.h>
#include <stdint.h>

#include <lkl.h>

/* Partitions start at multiples of this, the first one at this itself. */
#define ARRANGE_ALIGN	(1u << 20)

/* A partition, or the room after it. */
struct share {
	uint64_t min, max;		/* bytes; max UINT64_MAX: no limit */
	unsigned int weight;
	uint64_t size;			/* the result */
};

struct extent {
	struct share partition, padding;
	uint64_t start;			/* the result */
};

/*
 * arrange - choose sizes and places
 * @tail: bytes at the end of the disk that no partition may use
 * @disk: its size; 0: the smallest one, a multiple of ARRANGE_ALIGN
 * @ret_disk: the size of the disk
 *
 * Without @disk, each partition has its smallest size.  Otherwise those with a
 * weight share the room.  -ENOSPC, with a sentence, if it is not enough.
 */
int arrange(struct extent *extents, size_t n, uint64_t tail, uint64_t disk,
	    uint64_t *ret_disk, struct lkl_error *err);

#endif /* TAR2FS_LAYOUT_ARRANGE_H */

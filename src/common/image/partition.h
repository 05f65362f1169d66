/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * partition.h - the partitions of an image, and which one is meant.
 */
#ifndef TOOLS_PARTITION_H
#define TOOLS_PARTITION_H

#include <stddef.h>
#include <stdint.h>

#include "probe.h"

struct partition {
	unsigned int number;		/* 0: the whole image */
	uint64_t offset, size;		/* bytes */
	char uuid[64];			/* empty: none */
	char name[PROBE_LABEL_MAX];	/* GPT's name for it, or empty */
	struct probe probe;		/* what is in it */
};

/*
 * partition_choose - find the partition to be used
 * @which: a number, TAG=value, or NULL: the only one
 * @need_probe: whether the type of what is in there will be needed
 *
 * With NULL, a file system on the whole image is taken or the only partition
 * there is.  -ENOTUNIQ if there are several, or both; they have been listed on
 * standard error then.
 */
int partition_choose(struct lkl_disk *disk, const char *which, bool need_probe,
		     struct partition *ret_partition, struct lkl_error *err);

#endif /* TOOLS_PARTITION_H */

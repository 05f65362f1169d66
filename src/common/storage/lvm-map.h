/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lvm-map.h - has the kernel inside map a logical volume.
 */
#ifndef STORAGE_LVM_MAP_H
#define STORAGE_LVM_MAP_H

#include "lvm-group.h"
#include "mapper.h"

/* Writes do not reach the image, so kinds that are for reading only may be mapped. */
#define LVM_MAP_SCRATCH		0x1u
/* Nobody will write to the volume. */
#define LVM_MAP_READ_ONLY	0x2u
/* Write to an array that lacks a member. */
#define LVM_MAP_DEGRADED	0x4u

/* How to map the volumes of a group. */
struct lvm_mapping {
	struct lvm_group *group;
	unsigned int number;		/* of the group: a part of names */
	unsigned int flags;		/* LVM_MAP_... */
	bool degraded;			/* set: an array lacks a member */
	unsigned int depth;		/* of volumes on volumes */
	/* Called with the name of each device that was made. */
	int (*made)(void *opaque, const char *name);
	void *opaque;
};

/*
 * lvm_map - map a volume, and those that it consists of
 *
 * -ENODEV if a physical volume is missing, -ENOTSUP if volumes of this kind are
 * not supported, -EROFS if they are for reading only.  The devices that were
 * made before a failure stay.
 */
int lvm_map(struct lvm_mapping *mapping, struct lvm_logical *logical,
	    char ret_node[MAPPER_NODE_MAX], struct lkl_error *err);

#endif /* STORAGE_LVM_MAP_H */

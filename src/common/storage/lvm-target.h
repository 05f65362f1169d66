/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lvm-target.h - the target of the device mapper for a segment of a volume.
 */
#ifndef STORAGE_LVM_TARGET_H
#define STORAGE_LVM_TARGET_H

#include "lvm-map.h"

/*
 * lvm_target - map the volumes that a segment lies on, and describe its target
 * @target: gets a type, and parameters that the caller frees
 */
int lvm_target(struct lvm_mapping *mapping, const struct lvm_logical *logical,
	       const struct lvm_segment *segment, struct mapper_target *target,
	       struct lkl_error *err);

/*
 * lvm_map_part - map a volume that another one consists of
 * @name: from the metadata; NULL if they have none
 * @of: the other volume, or a part of it, for the message
 */
int lvm_map_part(struct lvm_mapping *mapping, const char *name, const char *of,
		 struct lvm_logical **ret_logical, struct lkl_error *err);

#endif /* STORAGE_LVM_TARGET_H */

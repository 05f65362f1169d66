/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stack.h - what a session needs of the storage stack: when to use it, and how to
 * mount a volume.
 *
 * A plain partition is mounted without it.
 */
#ifndef IMAGE_STACK_H
#define IMAGE_STACK_H

#include "common/cli/common-options.h"
#include "common/storage/unlock.h"
#include "common/storage/volume.h"
#include "partition.h"

/* Do the options ask for a volume, to open an encrypted one, or for several disks? */
bool stack_is_wanted(const struct common_options *options);

/*
 * stack_is_member - does a part of a volume begin at an offset of the disk?
 *
 * A physical volume of LVM, a member of an array, an encrypted volume, or one of
 * several devices of a btrfs.
 */
bool stack_is_member(struct lkl_disk *disk, uint64_t offset,
		     const struct probe *probe);

#define STACK_SCRATCH	0x1u		/* writes do not reach the images */
/*
 * Nothing is mounted: encrypted volumes are opened with the keys of options, and
 * nobody is asked.
 */
#define STACK_LIST	0x2u

/*
 * stack_open - add the disks to the kernel and find their volumes
 * @flags: STACK_...
 * @unlocker: opens encrypted volumes
 */
int stack_open(struct lkl_disk *const *disks, unsigned int n_disks,
	       const struct common_options *options, unsigned int flags,
	       struct unlocker *unlocker, struct storage **ret_storage,
	       struct lkl_error *err);

/*
 * stack_check_writing - refuse to write to an array that lacks a member
 * @volume: and those below it
 */
int stack_check_writing(const struct volume *volume, struct lkl_error *err);

/*
 * stack_mount_options - the options for a file system on several devices
 * @options: the others; freed with the result
 *
 * Returns NULL if there is no memory.
 */
char *stack_mount_options(const struct storage *storage,
			  const struct volume *volume, bool degraded,
			  char *options);

/* stack_mount - mount a volume at a new directory, whose path it returns */
int stack_mount(const char *node, const char *type, unsigned long flags,
		const char *options, char *ret_root, size_t size,
		struct lkl_error *err);

#endif /* IMAGE_STACK_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * superblock.h - superblock fields that libblkid does not report.
 *
 * The values are hints only: an image may hold any bytes.
 */
#ifndef TOOLS_SUPERBLOCK_H
#define TOOLS_SUPERBLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct lkl_disk;

/*
 * superblock_block_size - block size of the file system that begins at @offset
 * @type: the kernel's name for the file system
 *
 * Returns bytes, or 0 if the size is unknown or impossible.
 */
unsigned int superblock_block_size(struct lkl_disk *disk, uint64_t offset,
				   const char *type);

/*
 * The count of its devices in a btrfs: where, in bytes from its start.  It is
 * little-endian, and the upper half of its 64 bits is 0.
 */
#define SUPERBLOCK_BTRFS_DEVICES	(65536 + 136)

/* superblock_btrfs_devices - how many a btrfs has; 0 if that is unknown */
uint64_t superblock_btrfs_devices(struct lkl_disk *disk, uint64_t offset);

/*
 * superblock_is_too_large - is the file system too large for the kernel?
 *
 * The kernel keeps the number of f2fs blocks in 32 bits.  mkfs.f2fs makes a
 * file system of exactly 16 TiB, which has one block too many.
 */
bool superblock_is_too_large(struct lkl_disk *disk, uint64_t offset,
			     const char *type);

#endif /* TOOLS_SUPERBLOCK_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * superblock.h - what a file system says of itself that libblkid does not tell.
 *
 * All of it is a hint: it may be anything, in an image that someone else made.
 */
#ifndef TOOLS_SUPERBLOCK_H
#define TOOLS_SUPERBLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct lkl_disk;

/*
 * superblock_block_size - of a file system that begins at @offset
 * @type: the kernel's name
 *
 * 0 if it is nothing to find out, or nothing that there could be.
 */
unsigned int superblock_block_size(struct lkl_disk *disk, uint64_t offset,
				   const char *type);

/*
 * superblock_is_too_large - whether it is why the kernel does not mount it
 *
 * f2fs has block numbers of 32 bits, and counts with the one behind the last:
 * what mkfs.f2fs makes of exactly 16 TiB cannot be mounted.
 */
bool superblock_is_too_large(struct lkl_disk *disk, uint64_t offset,
			     const char *type);

#endif /* TOOLS_SUPERBLOCK_H */

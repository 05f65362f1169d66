// SPDX-License-Identifier: GPL-2.0-only
/*
 * superblock.c - superblock fields that libblkid does not report.
 */
#include "superblock.h"

#include <string.h>

#include <lkl.h>

#include "common/byte-order.h"

/* The superblocks of ext4 and f2fs begin at byte 1024; numbers are little-endian. */
#define SUPERBLOCK		1024
#define EXT4_LOG_BLOCK_SIZE	(SUPERBLOCK + 24)	/* of block size / 1024 */
#define EXT4_LOG_MAX		6
#define F2FS_SEGMENTS		(SUPERBLOCK + 48)
#define F2FS_FIRST_BLOCK	(SUPERBLOCK + 72)	/* of segments */
#define F2FS_SEGMENT_BLOCKS	512

static bool read_number(struct lkl_disk *disk, uint64_t at, uint64_t *ret_number)
{
	unsigned char bytes[4];

	if (lkl_disk_read(disk, bytes, sizeof(bytes), at) < 0)
		return false;
	*ret_number = get_le32(bytes);
	return true;
}

unsigned int superblock_block_size(struct lkl_disk *disk, uint64_t offset,
				   const char *type)
{
	uint64_t log;

	if (strcmp(type, "ext4") ||
	    !read_number(disk, offset + EXT4_LOG_BLOCK_SIZE, &log) ||
	    log > EXT4_LOG_MAX)
		return 0;
	return 1024u << log;
}

uint64_t superblock_btrfs_devices(struct lkl_disk *disk, uint64_t offset)
{
	uint64_t devices;

	return read_number(disk, offset + SUPERBLOCK_BTRFS_DEVICES, &devices) ? devices :
		0;
}

bool superblock_is_too_large(struct lkl_disk *disk, uint64_t offset,
			     const char *type)
{
	uint64_t segments, first;

	return !strcmp(type, "f2fs") &&
		read_number(disk, offset + F2FS_SEGMENTS, &segments) &&
		read_number(disk, offset + F2FS_FIRST_BLOCK, &first) &&
		(first + segments * F2FS_SEGMENT_BLOCKS) >> 32;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * memory-size.c - choose how much memory the kernel gets.
 *
 * The page cache fills all memory sooner or later, so the kernel gets no more
 * than it can use.  A reader that passes over a file system once is as fast
 * with 40 MiB as with gigabytes: it reads nothing twice except metadata.  A
 * writer needs room for dirty pages.
 *
 * A mounted file system keeps a structure for each of its block groups, used
 * or not.  The kernel needs memory for these and some for its work.
 *
 * xfs keeps changed metadata in memory until it forces its log.  With little
 * memory the kernel forces the log early, and writers wait for that:
 * docs/performance.md has the times.
 */
#include "memory-size.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <lkl.h>

#define MIB			(1ull << 20)
#define READING			(48 * MIB)
#define WRITING			LKL_MEMORY_DEFAULT

/* Added to the resident structures when only reading. */
#define READING_WORK		(20 * MIB)

/* A larger file system has more dirty metadata at a time. */
#define WRITING_PER_BYTE	65536
#define MORE_FOR_WRITING_XFS	(128 * MIB)

/* Bytes that the host can give without swapping; UINT64_MAX if unknown. */
static uint64_t host_available = UINT64_MAX;

void memory_size_read_host(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	uint64_t kib = UINT64_MAX;
	char line[128];

	if (!file)
		return;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %" SCNu64 " kB", &kib) == 1)
			break;
	fclose(file);
	if (kib != UINT64_MAX)
		host_available = kib << 10;
}

/*
 * A block group of ext4 has as many blocks as a block has bits: 128 MiB with
 * blocks of 4096 bytes.  Each group takes a descriptor of 64 bytes, 152 bytes in
 * the allocator, and list heads.  Descriptor blocks are scattered over the
 * disk: if they are smaller than a page, each of them still takes a page of the
 * cache.
 */
#define EXT4_BLOCK_MIN		1024u
#define EXT4_PAGE		4096u
#define EXT4_GROUP_BYTES	256
#define EXT4_GROUP_BYTES_SMALL	512

static uint64_t resident_bytes_ext4(uint64_t image_size, unsigned int block_size)
{
	uint64_t groups;

	/* Assume the largest number of groups. */
	if (!block_size)
		block_size = EXT4_BLOCK_MIN;
	groups = image_size / (8ull * block_size * block_size);
	return groups * (block_size < EXT4_PAGE ? EXT4_GROUP_BYTES_SMALL :
			 EXT4_GROUP_BYTES);
}

/* Bytes of an image for which the kernel keeps one byte in memory. */
static const struct {
	const char *type;
	uint64_t per_byte;
} resident[] = {
	/* Some 300 bytes for every 2 MiB. */
	{ "f2fs", 4096 },
	/* Groups of a GiB or more. */
	{ "xfs", MIB },
	{ "btrfs", MIB },
	/* exfat has one bit for each cluster of 16 KiB; others have less. */
	{ NULL, 131072 },
};

static uint64_t resident_bytes(const char *type, uint64_t image_size,
			       unsigned int block_size)
{
	unsigned int i = 0;

	if (!strcmp(type, "ext4"))
		return resident_bytes_ext4(image_size, block_size);
	while (resident[i].type && strcmp(type, resident[i].type))
		i++;
	return image_size / resident[i].per_byte;
}

uint64_t memory_size_default(uint64_t image_size, const char *type,
			     unsigned int block_size, bool writes)
{
	uint64_t least = writes ? WRITING : READING;
	uint64_t size = resident_bytes(type, image_size, block_size);
	uint64_t limit = host_available / 2;

	if (writes && size < image_size / WRITING_PER_BYTE)
		size = image_size / WRITING_PER_BYTE;
	size += writes ? WRITING : READING_WORK;
	if (writes && !strcmp(type, "xfs"))
		size += MORE_FOR_WRITING_XFS;
	if (size > limit)
		size = limit;
	if (size < least)
		size = least;
	return (size + MIB - 1) / MIB * MIB;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * memory-size.c - how much memory the kernel gets.
 *
 * The page cache touches all of it in the end, so that no more is given than
 * is of use.  Reading a file system once, from one end to the other, takes as
 * long with 40 MiB as with gigabytes: nothing is looked at twice but
 * metadata.  Writing needs room for what is not written yet.
 *
 * A mounted file system keeps something for each of its groups, used or not,
 * for as long as it is mounted; what it is given must be more than that by
 * what it works with.  While reading, that is little, and most of what it works
 * with in a small image is there for comfort.
 *
 * xfs keeps what was changed, and the inodes that it belongs to, until its log
 * is forced.  It gets on with little, since the kernel forces the log before it
 * gives up for want of memory, and is a quarter faster if it need not.
 */
#include "memory-size.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <lkl.h>

#define MIB			(1ull << 20)
#define READING			(48 * MIB)
#define WRITING			LKL_MEMORY_DEFAULT

/* What is left of it for the rest, at least. */
#define READING_BESIDES		(20 * MIB)

/* More is changed in what is larger, before it is written. */
#define WRITING_PER_BYTE	65536
#define MORE_FOR_WRITING_XFS	(128 * MIB)

/* Bytes that the host can give without swapping, UINT64_MAX if unknown. */
static uint64_t host_available = UINT64_MAX;

void memory_size_look(void)
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
 * A group of ext4 is as many blocks as a block has bits: 128 MiB with blocks of
 * 4096 bytes.  For each there is a descriptor of 64 bytes, what the allocator
 * counts in 152 bytes, and the lists of these.  Blocks of descriptors that are
 * smaller than a page take one each, for they are not side by side.
 */
#define EXT4_BLOCK_MIN		1024u
#define EXT4_PAGE		4096u
#define EXT4_GROUP_BYTES	256
#define EXT4_GROUP_BYTES_SMALL	512

static uint64_t kept_by_ext4(uint64_t image_size, unsigned int block_size)
{
	uint64_t groups;

	/* As many groups as there may be. */
	if (!block_size)
		block_size = EXT4_BLOCK_MIN;
	groups = image_size / (8ull * block_size * block_size);
	return groups * (block_size < EXT4_PAGE ? EXT4_GROUP_BYTES_SMALL :
			 EXT4_GROUP_BYTES);
}

/* How much of an image it takes to have one byte kept. */
static const struct {
	const char *type;
	uint64_t per_byte;
} kept[] = {
	/* Some 300 bytes for every 2 MiB. */
	{ "f2fs", 4096 },
	/* Groups of a GiB or more. */
	{ "xfs", MIB },
	{ "btrfs", MIB },
	/* One bit for each cluster of 16 KiB, as exfat has it, and others less. */
	{ NULL, 131072 },
};

static uint64_t kept_by(const char *type, uint64_t image_size,
			unsigned int block_size)
{
	unsigned int i = 0;

	if (!strcmp(type, "ext4"))
		return kept_by_ext4(image_size, block_size);
	while (kept[i].type && strcmp(type, kept[i].type))
		i++;
	return image_size / kept[i].per_byte;
}

uint64_t memory_size_default(uint64_t image_size, const char *type,
			     unsigned int block_size, bool writes)
{
	uint64_t least = writes ? WRITING : READING;
	uint64_t size = kept_by(type, image_size, block_size);
	uint64_t limit = host_available / 2;

	if (writes && size < image_size / WRITING_PER_BYTE)
		size = image_size / WRITING_PER_BYTE;
	size += writes ? WRITING : READING_BESIDES;
	if (writes && !strcmp(type, "xfs"))
		size += MORE_FOR_WRITING_XFS;
	if (size > limit)
		size = limit;
	if (size < least)
		size = least;
	return (size + MIB - 1) / MIB * MIB;
}

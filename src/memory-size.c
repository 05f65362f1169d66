// SPDX-License-Identifier: GPL-2.0-only
/*
 * memory-size.c - how much memory the kernel gets.
 *
 * The page cache touches all of it in the end, so that no more is given than
 * is of use.  Reading a file system once, from one end to the other, takes as
 * long with 40 MiB as with gigabytes: nothing is looked at twice but
 * metadata.  Writing needs room for what is not written yet.
 *
 * A mounted file system keeps something for each of its groups: ext4 the
 * descriptors and buddy counters of every 128 MiB, up to 0.5 KiB, xfs and
 * btrfs less.  f2fs keeps some 300 bytes for every 2 MiB.
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

/* How much of an image needs one byte more. */
#define IMAGE_PER_BYTE_READING	131072
#define IMAGE_PER_BYTE		65536
#define IMAGE_PER_BYTE_F2FS	4096

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

uint64_t memory_size_default(uint64_t image_size, const char *type,
			     bool writes)
{
	uint64_t least = writes ? WRITING : READING;
	uint64_t limit = host_available / 2, size = least;

	if (!strcmp(type, "f2fs"))
		size += image_size / IMAGE_PER_BYTE_F2FS;
	else if (!writes)
		size += image_size / IMAGE_PER_BYTE_READING;
	else
		size += image_size / IMAGE_PER_BYTE;
	if (writes && !strcmp(type, "xfs"))
		size += MORE_FOR_WRITING_XFS;
	if (size > limit)
		size = limit;
	if (size < least)
		size = least;
	return (size + MIB - 1) / MIB * MIB;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * memory-size.c - how much memory the kernel gets.
 *
 * A mounted file system keeps something for each of its groups: ext4 the
 * descriptors and buddy counters of every 128 MiB, up to 0.5 KiB, xfs and
 * btrfs less; one byte in 65536 of the image covers that with room to spare.
 * f2fs keeps some 300 bytes for every 2 MiB.  What the kernel does not touch
 * costs the host nothing, but its page cache touches all in the end, so no
 * more is taken than is needed.
 */
#include "memory-size.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <lkl.h>

#define IMAGE_PER_BYTE		65536
#define IMAGE_PER_BYTE_F2FS	4096

/*
 * xfs holds on to what was changed until its log has no more room, some 4 KiB
 * for each inode, and fails where that does not fit.
 */
#define XFS_DIRTY		(128ull << 20)

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
	uint64_t limit = host_available / 2, size = LKL_MEMORY_DEFAULT;
	const uint64_t mib = 1ull << 20;

	size += image_size / (strcmp(type, "f2fs") ? IMAGE_PER_BYTE :
						     IMAGE_PER_BYTE_F2FS);
	if (writes && !strcmp(type, "xfs"))
		size += XFS_DIRTY;
	if (size > limit)
		size = limit;
	if (size < LKL_MEMORY_DEFAULT)
		size = LKL_MEMORY_DEFAULT;
	return (size + mib - 1) / mib * mib;
}

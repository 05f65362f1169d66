// SPDX-License-Identifier: GPL-2.0-only
/* readonly-squashfs.c - squashfs with each of its compressors. */
#include "readonly.h"

#define MKFS(how) "mksquashfs tree $IMAGE -quiet -no-progress " how

int main(void)
{
	static const struct readonly list[] = {
		{ .type = "squashfs", .mkfs = MKFS("-comp gzip") },
		{ .type = "squashfs", .mkfs = MKFS("-comp xz -b 1M") },
		{ .type = "squashfs", .mkfs = MKFS("-comp zstd") },
		{ .type = "squashfs", .mkfs = MKFS("-comp lz4") },
		{ .type = "squashfs", .mkfs = MKFS("-comp lzo") },
		{ .type = "squashfs",
		  .mkfs = MKFS("-noI -noD -noF -noX -no-fragments") },
	};

	return readonly_main(list, 6);
}

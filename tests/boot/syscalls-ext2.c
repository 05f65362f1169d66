// SPDX-License-Identifier: GPL-2.0-only
/* syscalls-ext2.c - system-call basics on ext2, which ext4's code serves. */
#include "basics.h"

int main(void)
{
	static const struct fs fs = {
		.type = "ext2",
		.mkfs = "mke2fs -q -t ext2 -b 4096 -I 256 $IMAGE",
		.fsck = "e2fsck -fn $IMAGE",
		.size = 128 * MIB,
		.can = CAN_ALL & ~(CAN_PREALLOC | CAN_NSEC),
		.magic = LKL_EXT4_SUPER_MAGIC,
	};

	return basics_main(&fs);
}

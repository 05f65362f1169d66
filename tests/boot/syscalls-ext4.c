// SPDX-License-Identifier: GPL-2.0-only
/* syscalls-ext4.c - system-call basics on ext4. */
#include "basics.h"

int main(void)
{
	static const struct fs fs = {
		.type = "ext4",
		.mkfs = "mke2fs -q -t ext4 -b 4096 $IMAGE",
		.fsck = "e2fsck -fn $IMAGE",
		.size = 128 * MIB,
		.can = CAN_ALL,
		.magic = LKL_EXT4_SUPER_MAGIC,
	};

	return basics_main(&fs);
}

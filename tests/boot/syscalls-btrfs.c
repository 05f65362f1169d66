// SPDX-License-Identifier: GPL-2.0-only
/* syscalls-btrfs.c - system-call basics on btrfs. */
#include "basics.h"

int main(void)
{
	static const struct fs fs = {
		.type = "btrfs",
		.mkfs = "mkfs.btrfs -q $IMAGE",
		.fsck = "btrfs check --readonly $IMAGE",
		.size = 256 * MIB,
		.can = CAN_ALL | CAN_REFLINK,
		.magic = LKL_BTRFS_SUPER_MAGIC,
	};

	return basics_main(&fs);
}

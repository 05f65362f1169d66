// SPDX-License-Identifier: GPL-2.0-only
/* syscalls-xfs.c - system-call basics on xfs. */
#include "basics.h"

int main(void)
{
	static const struct fs fs = {
		.type = "xfs",
		.mkfs = "mkfs.xfs -q $IMAGE",
		.fsck = "xfs_repair -n $IMAGE",
		.size = 320 * MIB,
		.can = CAN_ALL | CAN_REFLINK,
		.magic = LKL_XFS_SUPER_MAGIC,
	};

	return basics_main(&fs);
}

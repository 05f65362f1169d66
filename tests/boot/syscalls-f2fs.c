// SPDX-License-Identifier: GPL-2.0-only
/* syscalls-f2fs.c - system-call basics on f2fs. */
#include "basics.h"

int main(void)
{
	static const struct fs fs = {
		.type = "f2fs",
		.mkfs = "mkfs.f2fs -q -O extra_attr,inode_crtime $IMAGE",
		.fsck = "fsck.f2fs --dry-run $IMAGE",
		.size = 128 * MIB,
		.can = CAN_ALL,
		.magic = LKL_F2FS_SUPER_MAGIC,
	};

	return basics_main(&fs);
}

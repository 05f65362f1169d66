// SPDX-License-Identifier: GPL-2.0-only
/* syscalls-exfat.c - system-call basics on exfat. */
#include "basics.h"

int main(void)
{
	struct fs fs = {
		.type = "exfat",
		.mkfs = "mkfs.exfat $IMAGE >/dev/null",
		.fsck = "fsck.exfat -n $IMAGE",
		.size = 128 * MIB,
		.can = CAN_DIRECT,
		.magic = LKL_EXFAT_SUPER_MAGIC,
	};

	fs.ends_in_hole = kernel_since(7, 3);
	return basics_main(&fs);
}

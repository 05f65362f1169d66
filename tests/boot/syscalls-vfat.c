// SPDX-License-Identifier: GPL-2.0-only
/* syscalls-vfat.c - system-call basics on vfat. */
#include "basics.h"

int main(void)
{
	static const struct fs fs = {
		.type = "vfat",
		.mkfs = "mkfs.vfat -F 32 $IMAGE >/dev/null",
		.fsck = "fsck.vfat -n $IMAGE",
		.size = 128 * MIB,
		.can = CAN_PREALLOC | CAN_EXCHANGE | CAN_DIRECT,
		.magic = LKL_MSDOS_SUPER_MAGIC,
	};

	return basics_main(&fs);
}

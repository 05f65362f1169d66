// SPDX-License-Identifier: GPL-2.0-only
/* syscalls-exfat.c - system-call basics on exfat. */
#include "basics.h"

int main(void)
{
	static const struct fs fs = {
		.type = "exfat",
		.mkfs = "mkfs.exfat $IMAGE >/dev/null",
		.fsck = "fsck.exfat -n $IMAGE",
		.size = 128 * MIB,
		.can = CAN_DIRECT,
		.magic = LKL_EXFAT_SUPER_MAGIC,
	};

	return basics_main(&fs);
}

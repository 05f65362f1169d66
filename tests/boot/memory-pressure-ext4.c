// SPDX-License-Identifier: GPL-2.0-only
/* memory-pressure-ext4.c - ext4 with far more data than memory. */
#include "memory-pressure.h"

int main(void)
{
	return memory_pressure_main("ext4", "mke2fs -q -t ext4 $IMAGE",
				    "e2fsck -fn $IMAGE");
}

// SPDX-License-Identifier: GPL-2.0-only
/* memory-pressure-btrfs.c - btrfs with far more data than memory. */
#include "memory-pressure.h"

int main(void)
{
	return memory_pressure_main("btrfs", "mkfs.btrfs -q $IMAGE",
				    "btrfs check --readonly $IMAGE");
}

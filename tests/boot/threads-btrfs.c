// SPDX-License-Identifier: GPL-2.0-only
/*
 * threads-btrfs.c - many host threads use btrfs at the same time.
 */
#include "threads.h"

int main(void)
{
	return threads_main("btrfs", 512 * MIB, "mkfs.btrfs -q $IMAGE",
			    "btrfs check --readonly $IMAGE");
}

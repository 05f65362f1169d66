// SPDX-License-Identifier: GPL-2.0-only
/*
 * threads-ext4.c - many host threads use ext4 at the same time.
 */
#include "threads.h"

int main(void)
{
	return threads_main("ext4", 256 * MIB, "mke2fs -q -t ext4 $IMAGE",
			    "e2fsck -fn $IMAGE");
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * threads-xfs.c - many host threads use xfs at the same time.
 */
#include "threads.h"

int main(void)
{
	return threads_main("xfs", 512 * MIB, "mkfs.xfs -q $IMAGE",
			    "xfs_repair -n $IMAGE");
}

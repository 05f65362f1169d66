// SPDX-License-Identifier: GPL-2.0-only
/*
 * memory-pressure-xfs.c - xfs with far more data than memory.  Its log holds
 * 64 MiB, and what waits in there to be written back stays in memory.
 */
#define PRESSURE_MEMORY	(48ull << 20)
#include "memory-pressure.h"

int main(void)
{
	return memory_pressure_main("xfs", "mkfs.xfs -q $IMAGE",
				    "xfs_repair -n $IMAGE");
}

// SPDX-License-Identifier: GPL-2.0-only
/* syscalls-tmpfs.c - system-call basics on tmpfs. */
#include "basics.h"

int main(void)
{
	static const struct fs fs = {
		.type = "tmpfs",
		.can = CAN_ALL,
		.magic = LKL_TMPFS_MAGIC,
	};

	return basics_main(&fs);
}

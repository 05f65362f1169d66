// SPDX-License-Identifier: GPL-2.0-only
/* syscalls-udf.c - system-call basics on udf. */
#include "basics.h"

int main(void)
{
	static const struct fs fs = {
		.type = "udf",
		.mkfs = "mkudffs -b 2048 --media-type=hd $IMAGE >/dev/null",
		.size = 128 * MIB,
		.can = CAN_POSIX | CAN_DIRECT | CAN_TMPFILE,
		.magic = LKL_UDF_SUPER_MAGIC,
	};

	return basics_main(&fs);
}

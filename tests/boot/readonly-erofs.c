// SPDX-License-Identifier: GPL-2.0-only
/* readonly-erofs.c - erofs, plain and compressed. */
#include "readonly.h"

#define MKFS(how) "mkfs.erofs -d0 " how " $IMAGE tree >/dev/null"

int main(void)
{
	static const struct readonly list[] = {
		{ .type = "erofs", .mkfs = MKFS("") },
		{ .type = "erofs", .mkfs = MKFS("-zlz4hc -C65536") },
	};

	return readonly_main(list, 2);
}

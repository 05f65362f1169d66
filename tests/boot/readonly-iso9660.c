// SPDX-License-Identifier: GPL-2.0-only
/*
 * readonly-iso9660.c - iso9660 with the two extensions for long names: Rock
 * Ridge, which keeps all attributes, and Joliet.
 */
#include "readonly.h"

int main(void)
{
	static const struct readonly list[] = {
		{ .type = "iso9660",
		  .mkfs = "genisoimage -quiet -R -o $IMAGE tree",
		  .no_links = true },
		{ .type = "iso9660",
		  .mkfs = "genisoimage -quiet -J -o $IMAGE tree",
		  .no_owners = true, .no_links = true, .no_symlinks = true },
	};

	return readonly_main(list, 2);
}

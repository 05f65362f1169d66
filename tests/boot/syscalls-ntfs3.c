// SPDX-License-Identifier: GPL-2.0-only
/* syscalls-ntfs3.c - system-call basics on ntfs3. */
#include "basics.h"

int main(void)
{
	static const struct fs fs = {
		.type = "ntfs3",
		.mkfs = "mkntfs -q -F -Q $IMAGE",
		.fsck = "ntfsfix -n $IMAGE",
		.size = 128 * MIB,
		.options = "acl",
		.can = CAN_POSIX | CAN_XATTR | CAN_ACL | CAN_PREALLOC |
		       CAN_DIRECT | CAN_WIDE_DEV,
		.free_xattrs = true,
		.magic = 0x7366746e,
	};

	return basics_main(&fs);
}

// SPDX-License-Identifier: GPL-2.0-only
/* syscalls-ntfs3.c - system-call basics on ntfs3. */
#include "basics.h"

int main(void)
{
	struct fs fs = {
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

	fs.uncounted_prealloc = fs.longer_after_failure = kernel_since(7, 3);
	return basics_main(&fs);
}

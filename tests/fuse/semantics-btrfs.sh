#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# semantics-btrfs.sh - programs get the same results in a mounted btrfs image as on
# the host's own file system.

. "$top_srcdir/tests/helpers/lib-fuse.sh"
fuse_begin

make_fuse_image btrfs image
fuse_mount image mnt
check_all_semantics mnt
fuse_unmount image mnt
check_clean btrfs image

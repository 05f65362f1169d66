#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# aio.sh - buffered reads see asynchronous direct writes that are complete.
# timeout: 600

. "$top_srcdir/tests/helpers/lib-fuse.sh"
fuse_begin

run_check "$fuse/aio" host 1 >&3
for type in ext4 xfs btrfs; do
	make_fuse_image $type image
	fuse_mount image mnt
	run_check "$fuse/aio" mnt/f 3 >&3
	fuse_unmount image mnt
	check_clean $type image
done

# With -o async_dio the host's FUSE keeps old pages: see docs/lklfuse-limits.md.
fuse_mount image mnt -o async_dio
run_mayfail "$fuse/aio" mnt/f 3 >&3
fuse_unmount image mnt

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# fuse-subvolumes.sh - subvolumes and snapshots are made by those who may make
# directories there, and of what is theirs: the host's kernel checks nothing
# of these calls, so the daemon has to.

. "$top_srcdir/tests/lib-fuse.sh"
fuse_begin
is_real_root || skip "needs root"

chmod 755 .
make_fuse_image btrfs image
fuse_mount image mnt -o allow_other
run_check "$fuse/requests" subvolume mnt sub
mkdir mnt/theirs
chown 65534:65534 mnt/theirs
chmod 755 mnt
as="$fuse/requests as 65534"
run_mustfail 1 'Permission denied' $as subvolume mnt mine
run_mustfail 1 'Permission denied' $as subvolume2 mnt mine
run_mustfail 1 'not permitted' $as snapshot2 mnt mnt/sub mine
run_mustfail 1 'not permitted' $as snapshot2 mnt/theirs mnt/sub mine
[ ! -e mnt/mine ] && [ ! -e mnt/theirs/mine ] || die "made it"
run_check $as subvolume mnt/theirs mine
[ "$(stat -c %u:%a mnt/theirs/mine)" = 65534:755 ] ||
	die "theirs is $(stat -c %u:%a mnt/theirs/mine)"
run_check $as snapshot2 mnt/theirs mnt/theirs/mine again
run_mustfail 1 'not permitted' $as delete mnt/theirs mine
fuse_unmount image mnt
check_clean btrfs image

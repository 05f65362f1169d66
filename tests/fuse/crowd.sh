#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# crowd.sh - many processes use one mount at the same time.
#
# FUSE_CROWD is the number of seconds for each type; 600 makes a long test.
# timeout: 7200

. "$top_srcdir/tests/helpers/lib-fuse.sh"
fuse_begin

seconds=${FUSE_CROWD:-3}

for type in ext4 xfs btrfs; do
	make_fuse_image $type image
	fuse_mount image mnt
	run_check timeout $((seconds * 3 + 60)) \
		"$fuse/crowd" mnt 12 $seconds >&3
	# Nothing is left behind, and nothing is open any more.
	[ -z "$(ls -A mnt | grep -v 'lost+found')" ] ||
		die "$type: left: $(ls -A mnt)"
	fuse_unmount image mnt
	check_clean $type image
done

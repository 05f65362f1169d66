#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# exercise.sh - random operations on files of a mount give the same data as a
# copy in memory, and the image holds that data in the end.
#
# FUSE_EXERCISE is the number of seconds for each type; 600 makes a long test.
# timeout: 7200

. "$top_srcdir/tests/helpers/lib-fuse.sh"
fuse_begin

seconds=${FUSE_EXERCISE:-4}

# exercise TYPE [OPTION...]
exercise() {
	local type=$1

	shift
	make_fuse_image $type image
	fuse_mount image mnt "$@"
	# The same from outside, as a user would have it.
	run_check timeout $((seconds * 3 + 60)) \
		"$fuse/exercise" mnt $seconds $TEST_SEED >&3
	(cd mnt && sha256sum file-*) >before || die "cannot read"
	fuse_unmount image mnt
	check_clean $type image
	fuse_mount image mnt -o ro
	(cd mnt && sha256sum file-*) >after || die "cannot read again"
	check_same before after "$type: not what was written"
	fuse_unmount image mnt
}

for type in ext4 xfs btrfs; do
	exercise $type
done

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# dirty.sh - fs2tar reads a file system that was not unmounted as if its
# journal were replayed; the image does not change.

. "$top_srcdir/tests/helpers/lib.sh"

for type in ext4 xfs btrfs; do
	case $type in
	ext4) make_image ext4 image 128M -b 4096 ;;
	xfs) make_image xfs image 320M ;;
	btrfs) make_image btrfs image 128M ;;
	esac
	make_odd --dirty $type image
	chmod 0444 image
	before=$(digest image)
	run_check fs2tar image archive.tar
	check_odd image archive.tar
	[ "$(digest image)" = "$before" ] || die "$type: the image was changed"
done

# To show that there was something to be replayed.
make_image ext4 image 128M -b 4096
make_odd --dirty ext4 image
dumpe2fs -h image 2>/dev/null | grep -q needs_recovery ||
	die "the journal of the test's image is clean"

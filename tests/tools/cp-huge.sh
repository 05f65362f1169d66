#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# cp-huge.sh - cptofs works on volumes of 64 GiB, 1 TiB and 16 TiB with its
# default memory.
#
# timeout: 280

. "$top_srcdir/tests/helpers/lib-cp.sh"

make_plain tree
# huge TYPE SIZE [OPTION...] - in and out again
huge() {
	local type=$1 size=$2

	shift 2
	make_image "$type" image "$size" "$@"
	run_check cptofs -i image tree /
	[ ! -s stderr ] || die "is not silent"
	rm -rf out
	mkdir out
	run_check cpfromfs -i image --no-sync /tree out
	check_tree tree out/tree
	check_clean "$type" image
	rm image
}

# mke2fs writes bitmaps for all groups otherwise, of a 16 TiB volume 4 GiB.
ext4='-b 4096 -E lazy_itable_init=1,lazy_journal_init=1 -O ^resize_inode
	-i 67108864'
for size in 64G 1T; do
	huge ext4 $size $ext4
	huge xfs $size
	huge btrfs $size
done

# No file of ext4 is as large; one of tmpfs is.
size=16T
if ! truncate -s $size image 2>/dev/null; then
	there=$(mktemp -d /dev/shm/lkl-test.XXXXXX) ||
		skip "no place for a file of 16 TiB"
	trap 'cd /; rm -rf "$there"' EXIT
	if ! truncate -s $size "$there/image" 2>/dev/null; then
		skip "no place for a file of 16 TiB"
	fi
	mv tree "$there"
	cd "$there" || die "cannot enter $there"
fi
huge xfs $size
huge btrfs $size
# e2fsck has to read all the bitmaps, which are sparse.
huge ext4 $size $ext4 -J size=4

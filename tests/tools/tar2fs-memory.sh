#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tar2fs-memory.sh - no process of tar2fs takes 256 MiB, whatever the input is: more
# files and more data than that, in a folder, an archive, or layers.

. "$top_srcdir/tests/helpers/lib-cp.sh"
need python3 mke2fs mkfs.xfs mkfs.btrfs zstd
[ -z "$INSTRUMENT" ] || skip "its memory would be that of $INSTRUMENT"
! is_sanitized || skip "the sanitizer's memory would be in it"

mkdir tree
head -c 400M /dev/urandom >tree/large
"$top_srcdir/bench/make-tree" tree/small 20000 || die make-tree
tar -C tree -cf tree.tar .
zstd -q -1 tree.tar -o tree.tar.zst
"$images/make-container" docker saved tree.tar >&3 || die make-container
tar -C saved -cf saved.tar .
rm -r saved

for type in ext4 xfs btrfs; do
	for input in tree tree.tar.zst; do
		within 256 tar2fs -q --type=$type $input image
		check_clean $type image
	done
done
within 256 tar2fs -q saved.tar image.ext4
check_clean ext4 image.ext4
rm tree.tar* saved.tar
run_check fs2tar image.ext4 image.tar
mkdir out
run_check tar -C out -xf image.tar --exclude=./lost+found
diff -r tree out >&3 || die "not what went in"

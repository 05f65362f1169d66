#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# memory.sh - fs2tar uses less than 64 MiB of memory for images of ext4, btrfs and xfs,
# also for one of 16 TiB.

. "$top_srcdir/tests/helpers/lib.sh"
need python3 mke2fs mkfs.btrfs mkfs.xfs
[ -z "$INSTRUMENT" ] || skip "its memory would be that of $INSTRUMENT"
! is_sanitized || skip "the sanitizer's memory would be in it"

# 120 MiB in one file, and 6,000 small ones: more than fits into that.
mkdir tree
head -c 120M /dev/urandom >tree/large
"$top_srcdir/bench/make-tree" tree/small 6000 || die make-tree

# input of mkfs.xfs -p
prototype() {
	local path

	for path in "$1"/*; do
		if [ -d "$path" ]; then
			echo "${path##*/} d--755 0 0"
			prototype "$path"
		else
			echo "${path##*/} ---644 0 0 $path"
		fi
	done
	echo '$'
}

{
	printf '/dev/null\n0 0\nd--755 0 0\n'
	prototype tree
} >protofile

# The kernel keeps something for each group of blocks, of which this one has
# 131072, and may have none of it but the first.
huge=$(((16 << 40) - 8192))
types='ext4 btrfs xfs'
if truncate -s $huge image 2>/dev/null; then
	types+=' huge'
else
	skip_part "no files of 16 TiB here"
fi

for type in $types; do
	case $type in
	ext4) make_image ext4 image 600M -d tree ;;
	huge) make_image ext4 image $huge -d tree -J size=16 \
		-E lazy_itable_init=1,lazy_journal_init=1,nodiscard ;;
	btrfs) make_image btrfs image 600M --rootdir tree ;;
	xfs) make_image xfs image 600M -p protofile ;;
	esac
	within 64 fs2tar image image.tar
	mkdir out
	run_check tar -xf image.tar -C out --exclude=./lost+found
	diff -r tree out >&3 || die "not what was in $type"
	rm -r out
done

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# cp-large.sh - many files, a hundred thousand of them in one directory, and a
# sparse file of 20 GB go in and come out, with the default memory.
#
# timeout: 900
#
# CP_FILES=200000 takes as many files rather than a few, and all file systems.

. "$top_srcdir/tests/helpers/lib-cp.sh"
need python3
[ -z "${INSTRUMENT:-}" ] || skip "its memory would be that of $INSTRUMENT"

# The kernel's 128 MiB, twice that for xfs, and the program's own; a sanitizer
# keeps what was freed.
memory() {
	! is_sanitized || { echo 2000; return; }
	[ "$1" = xfs ] && echo 310 || echo 180
}

mkdir one one/many
(cd one/many && seq -f 'file-%.0f' 100000 | xargs touch)
echo content >one/many/file-77777
# Holes, and data at both ends and in the middle.
truncate -s 20G one/sparse
for at in 0 10000000000 20000000000; do
	echo "at $at" | dd of=one/sparse bs=1 seek=$at conv=notrunc \
		status=none
done
types=ext4
[ -z "${CP_FILES:-}" ] || types='ext4 xfs btrfs'
for fs in $types; do
	options=
	[ $fs = ext4 ] && options='-N 120000'
	make_image $fs image 2G $options
	within "$(memory $fs)" cptofs -i image one /
	check_clean $fs image
	rm -rf out
	mkdir out
	within "$(memory $fs)" cpfromfs -i image --no-sync /one out
	(cd one && find . -type f -printf '%P %s %T@\n' | sort) >want
	(cd out/one && find . -type f -printf '%P %s %T@\n' | sort) >got
	check_same want got "the names"
	check_same out/one/many/file-77777 one/many/file-77777 "one of many"
	[ "$(stat -c %b out/one/sparse)" -le 64 ] || die "the holes are lost"
	for at in 0 10000000000 20000000000; do
		[ "$(tail -c +$((at + 1)) out/one/sparse | head -n 1)" = \
			"at $at" ] || die "lost what is at byte $at"
	done
done

[ -n "${CP_FILES:-}" ] || exit 0
rm -rf one out
"$top_srcdir/bench/make-tree" tree "$CP_FILES" || die make-tree
for fs in $types; do
	make_image $fs image $((CP_FILES / 20000 + 1))G
	within "$(memory $fs)" cptofs -i image tree /
	check_clean $fs image
	rm -rf out
	within "$(memory $fs)" cpfromfs -i image --no-sync /tree out
	check_tree tree out
done

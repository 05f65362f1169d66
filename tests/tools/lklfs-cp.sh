#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# lklfs-cp.sh - lklfs cp copies within an image with all attributes, shares blocks
# on xfs and btrfs, and never copies a file or a directory onto itself.

. "$top_srcdir/tests/helpers/lib.sh"
need mke2fs e2fsck

mkdir -p tree/a/b/c tree/into
seq 300000 >tree/a/big
ln tree/a/big tree/a/b/hard
truncate -s 5M tree/a/sparse
echo end >>tree/a/sparse
ln -s ../big tree/a/b/link
mkfifo tree/a/fifo
chmod 4711 tree/a/b/hard
echo one >tree/one

for type in ext4 xfs btrfs; do
	command -v mkfs.$type >/dev/null || {
		skip_part "no mkfs.$type"
		continue
	}
	make_image $type image 400M
	run_check cptofs -i image tree/. /
	run_check lklfs chown image 7:8 a/b
	run_check lklfs df --json image >before
	run_check lklfs cp image a copy
	run_check lklfs cp -r image a one into
	run_check lklfs df --json image >after
	run_check lklfs mtree image a >a.mtree
	run_check lklfs mtree image copy >copy.mtree
	run_check lklfs mtree image into/a >into.mtree
	check_same a.mtree copy.mtree "$type: the copy differs"
	check_same a.mtree into.mtree "$type: the copy in a directory differs"
	run_check lklfs cat image into/one >got
	check_text got one
	# 2 MB of data, twice: shared or not.
	used=$(python3 -c 'import json
print(json.load(open("after"))["bytes"]["used"] - json.load(open("before"))["bytes"]["used"])')
	echo "$type: $used bytes more" >&3
	case $type in
	ext4) [ "$used" -gt 3500000 ] || die "ext4 shares blocks?" ;;
	*) [ "$used" -lt 1500000 ] || die "$type does not share blocks" ;;
	esac

	# A copy is a file of its own.
	echo changed | run_check lklfs write image copy/big
	run_check lklfs cat image a/big | cmp - tree/a/big >&3 || die "$type: not a copy"

	# Onto itself: an error, and nothing is lost.
	run_mustfail 1 'a/big: is the destination itself' lklfs cp image a/big a/big
	run_mustfail 1 'a/big: is the destination itself' lklfs cp image a/big a/b/hard
	run_mustfail 1 'a/big: is the destination itself' lklfs cp -T -L image a/big a/b/link
	run_mustfail 1 'a: cannot copy a directory into itself' lklfs cp image a a/b
	run_mustfail 1 'a: cannot copy a directory into itself' lklfs cp image a a/new
	run_mustfail 1 'a: cannot copy a directory into itself' lklfs cp image a .
	run_mustfail 1 '/: cannot copy a directory into itself' lklfs cp image / into
	run_check lklfs cat image a/big | cmp - tree/a/big >&3 || die "$type: data are lost"
	run_check lklfs cp -n image one copy/big
	run_check lklfs cat image copy/big >got
	check_text got changed
	run_mustfail 1 'none: cannot stat' lklfs cp image none one into
done
# In the shell, the current directory stays.
run_check lklfs shell -w image >got <<'END'
cd a/b
cp hard other
pwd
cp other ..
ls ../other
END
check_text got "/a/b
../other"

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# lklfs-large.sh - a look into an image of 100 GB takes little memory and few system
# calls, whatever its size.

. "$top_srcdir/tests/helpers/lib.sh"
need mke2fs mkfs.xfs mkfs.btrfs strace python3

make_image ext4 image 100G -E lazy_itable_init=1,lazy_journal_init=1
echo text | run_check lklfs write image file
[ "$(du -k image | cut -f 1)" -lt 400000 ] || die "the image is not sparse"
is_sanitized && skip "a sanitizer takes memory and system calls of its own"
strace -c -o counts true 2>/dev/null || skip "strace is not allowed"

# cheap CALLS COMMAND... - no more system calls than that, of all threads
cheap() {
	run_check strace -f -c -o counts lklfs "${@:2}" >got
	total=$(awk '$NF == "total" { print $4 }' counts)
	echo "$total system calls: ${*:2}" >&3
	[ "$total" -gt 50 ] || die "strace counts nothing: ${*:2}"
	[ "$total" -le "$1" ] || die "$total system calls, not $1: ${*:2}"
	within 48 lklfs "${@:2}"
}
cheap 1500 list image
# The start of the kernel inside is most of it: about 900.
cheap 2500 ls -l image
cheap 2500 cat image file
cheap 2500 stat image file
cheap 2500 df image
for type in xfs btrfs; do
	make_image $type $type 100G
	cheap 2500 ls -l $type
done

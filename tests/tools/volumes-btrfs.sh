#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# volumes-btrfs.sh - a btrfs on several disks, or on several partitions of one, is
# read and written; without one of its disks it needs --degraded.

. "$top_srcdir/tests/helpers/lib.sh"
need mkfs.btrfs sfdisk

mkdir -p tree/dir
seq 200000 >tree/dir/numbers
truncate -s 256M disk0 disk1 disk2
run_check mkfs.btrfs -q -d raid1 -m raid1 -L three disk0 disk1 disk2
run_check cptofs -i disk1 --disk=disk2 --disk=disk0 tree/. /

run_check fs2tar --disk=disk1 --disk=disk2 disk0 out.tar
tar -xOf out.tar ./dir/numbers | cmp - tree/dir/numbers || die "other contents"
run_check fs2tar --disk=disk0 --disk=disk1 -P LABEL=three disk2 out.tar
tar -xOf out.tar ./dir/numbers | cmp - tree/dir/numbers || die "other contents"

# What is missing is named.
lacks='lacks 1 of its 3 devices: add --disk=IMAGE or --degraded'
run_mustfail 1 "cannot mount as btrfs: $lacks (kernel: " \
	fs2tar --disk=disk1 disk0 out.tar
lklfs list --disk=disk1 disk0 >list || die "lklfs list"
[ "$(grep -cF " (degraded) ($lacks)" list)" -eq 2 ] || die "does not list it: $(cat list)"
lklfs list disk2 >list || die "lklfs list"
grep -qF 'lacks 2 of its 3 devices' list || die "does not list it: $(cat list)"
lklfs list --json --degraded --disk=disk1 disk0 >list || die "lklfs list"
grep -q '"degraded":true' list && ! grep -q problem list ||
	die "does not say that it is degraded: $(cat list)"
lklfs list --disk=disk1 --disk=disk2 disk0 >list || die "lklfs list"
! grep -qE 'lacks|degraded' list || die "all disks are there: $(cat list)"
run_mustfail 1 "lacks 2 of its 3 devices" fs2tar --system disk0 out.tar
run_check fs2tar --degraded --disk=disk1 disk0 out.tar
tar -xOf out.tar ./dir/numbers | cmp - tree/dir/numbers || die "other contents"

echo new >file
run_check cptofs -i disk0 --disk=disk1 --disk=disk2 file /
run_check cpfromfs -i disk2 --disk=disk1 --disk=disk0 /file got
cmp file got || die "other contents"
# Each disk can be away.
for set in 'disk0 disk1' 'disk0 disk2' 'disk1 disk2'; do
	set -- $set
	run_check cpfromfs -i "$1" --disk="$2" --degraded /file "$1-$2"
	cmp file "$1-$2" || die "$set: other contents"
done

# A disk that is given twice, perhaps by other names.
ln disk1 hard
ln -s disk1 soft
for name in disk1 ./disk1 hard soft; do
	run_mustfail 1 "disk1: --disk=$name is the same disk again" \
		cptofs -i disk1 --disk=$name file /
	run_mustfail 1 "disk1: --disk=$name is the same disk again" \
		lklfs list --disk=disk1 --disk=disk0 --disk=$name disk2
done
run_mustfail 1 'nbd://host/: --disk=nbd://host/ is the same disk again' \
	lklfs list --disk=nbd://host/ nbd://host/

# Two partitions of one disk need no option.
truncate -s 300M both
printf 'label: gpt\nsize=128M\nsize=128M\n' | sfdisk -q both
truncate -s 128M part1 part2
run_check mkfs.btrfs -q -d single -m raid1 -L two part1 part2
dd if=part1 of=both bs=1M seek=1 conv=notrunc status=none
dd if=part2 of=both bs=1M seek=129 conv=notrunc status=none
run_check cptofs -i both -P 1 tree/. /
run_check cpfromfs -i both -P LABEL=two /dir/numbers again
cmp tree/dir/numbers again || die "other contents"

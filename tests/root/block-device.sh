#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# block-device.sh - the tools use block devices as images: whole, by partition,
# with large sectors, and read-only.

. "$top_srcdir/tests/helpers/lib-root.sh"
need sfdisk

# attach IMAGE OPTION... - sets $device
attach() {
	local image=$1

	shift
	device=$(losetup --show -f "$@" "$image") ||
		skip "no loop device ($*)"
	loops+=("$device")
}

mkdir tree
head -c 3000000 /dev/urandom >tree/random
seq 1000 >tree/text
make_image ext4 image 32M -d tree
run_check fs2tar image want.tar

attach image --read-only
run_check fs2tar "$device" got.tar
check_same want.tar got.tar "a block device"
run_mustfail 1 itself fs2tar "$device" "$device"

truncate -s 64M disk
printf 'label: gpt\nstart=2MiB, size=32MiB\nsize=8MiB\n' | sfdisk -q disk ||
	die sfdisk
dd if=image of=disk bs=1M seek=2 conv=notrunc status=none
attach disk
run_check fs2tar -P 1 "$device" got.tar
check_same want.tar got.tar "a partition of a block device"
run_mustfail 1 partition fs2tar -P 3 "$device" got2.tar

# Sectors of 4096 bytes, as the file system was made for.
truncate -s 400M large
attach large --sector-size 4096
mkfs.xfs -q "$device" || die mkfs.xfs
run_check "$programs/copytree" xfs "$device" tree
run_check fs2tar "$device" got.tar
run_check tar --compare -f got.tar -C tree

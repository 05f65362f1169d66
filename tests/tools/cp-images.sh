#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# cp-images.sh - copying into a partition and into qcow2 gives the same as
# copying into a raw image.

. "$top_srcdir/tests/helpers/lib-cp.sh"
need sfdisk

make_plain tree
make_image ext4 part 64M
truncate -s 96M disk.img
printf 'label: gpt\nstart=2MiB, size=8MiB\nstart=20MiB, size=64MiB\n' |
	sfdisk -q disk.img || die sfdisk
dd if=part of=disk.img bs=1M seek=20 conv=notrunc status=none
run_check cptofs -i disk.img -P 2 tree /
mkdir out
run_check cpfromfs -P 2 -i disk.img tree out
check_tree tree out/tree
dd if=disk.img of=part bs=1M skip=20 count=64 status=none
check_clean ext4 part
# Bytes before and behind the partition are not touched.
sfdisk -q --verify disk.img >&3 2>&1 || die "partition table"

command -v qemu-img >/dev/null || skip "qemu-img is not installed"
cptofs --version | grep -q '+qcow2' || skip "no qcow2 in this build"
make_image ext4 raw 64M
run_check qemu-img convert -f raw -O qcow2 raw disk.qcow2
run_check cptofs -i disk.qcow2 tree /
run_check qemu-img check -q disk.qcow2
rm -rf out
mkdir out
run_check cpfromfs -i disk.qcow2 /tree out
check_tree tree out/tree
run_check qemu-img convert -O raw disk.qcow2 raw
check_clean ext4 raw

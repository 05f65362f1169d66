#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# in-use.sh - cptofs refuses to write to a block device that the host uses: one
# that is mounted, its disk, its partitions, and the file or device that it
# lies on.

. "$top_srcdir/tests/helpers/lib-root.sh"
need sfdisk mke2fs addpart delpart

mkdir tree mnt
seq 1000 >tree/text

# node NUMBER START SIZE - sets $node, of a partition made of these sectors
node() {
	local name=${device##*/} dev

	addpart "$device" "$1" "$2" "$3" ||
		skip "the host's kernel has no partitions"
	dev=$(cat "/sys/block/$name/${name}p$1/dev") || die "no partition"
	node=$PWD/${name}p$1
	mknod "$node" b "${dev%:*}" "${dev#*:}" || die mknod
}

# refused DEVICE - for writing, but not with what is written kept aside
refused() {
	run_mustfail 1 'the host uses it' cptofs "${@:2}" -i "$1" tree/text /
	run_check fs2tar "${@:2}" "$1" out.tar
	run_check cptofs --snapshot "${@:2}" -i "$1" tree/text /
}

truncate -s 128M disk
printf 'label: gpt\nsize=40MiB\nsize=40MiB\n' | sfdisk -q disk || die sfdisk
device=$(losetup --show -f disk) || skip "no loop device"
loops+=("$device")
node 1 2048 81920
first=$node
node 2 83968 81920
second=$node
mke2fs -q -F -t ext4 -d tree "$first" || die mke2fs
mke2fs -q -F -t ext4 -d tree "$second" || die mke2fs
sync

mount -t ext4 "$first" mnt || skip "cannot mount"
mounts+=("$PWD/mnt")
refused "$first"
refused "$device" -P 1
refused disk -P 1
refused disk -P 1 --no-lock
# Not even the other one, through the whole disk ...
refused "$device" -P 2
# ... but by itself.
run_check cptofs -i "$second" tree/text /
umount mnt
mounts=()
run_check cptofs -i "$first" tree/text /
run_check cptofs -i "$device" -P 1 tree/text /second


# The other way round: the whole disk is mounted, and what is a partition of it
# lies within that.
dd if=/dev/zero of="$device" bs=1M count=2 status=none
mke2fs -q -F -t ext4 -d tree "$device" || die mke2fs
mount -t ext4 "$device" mnt || die "cannot mount"
mounts+=("$PWD/mnt")
refused "$device" -P 0
run_mustfail 1 'the host uses it' cptofs -t ext4 -i "$second" tree/text /
umount mnt
mounts=()


# An image that is mounted by its name has a device that goes with the mount.
make_image ext4 image 16M -d tree
mount -o loop,ro image mnt || die "cannot mount"
mounts+=("$PWD/mnt")
refused image
umount mnt
mounts=()
run_check cptofs -i image tree/text /second
run_check e2fsck -fn image

delpart "$device" 1
delpart "$device" 2

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# volumes.sh - a logical volume, and a btrfs of two disks of which one is a qcow2,
# are mounted, written to and unmounted, and are sound afterwards.

. "$top_srcdir/tests/helpers/lib-fuse.sh"
. "$helpers/lib-volumes.sh"

need e2fsck mkfs.btrfs btrfs qemu-img
fuse_begin
mkdir mnt
ours=uid=$(id -u),gid=$(id -g)

# ---- LVM: the metadata areas are the first MiB of each disk. ----

unpack_disks lvm
disks=$(disk_options lvm[0-5])
head -qc 1M lvm[0-5] >areas
fuse_mount lvm0 mnt -o "$ours" $disks --volume=vg/linear
[ "$(cat mnt/name)" = "this is linear" ] || die "reads $(cat mnt/name)"
seq 20000 >numbers
cat numbers >mnt/lines || die "cannot write"
fuse_unmount lvm0 mnt
head -qc 1M lvm[0-5] | cmp - areas >&3 || die "LVM's metadata have changed"
run_check cpfromfs -i lvm0 $disks --volume=vg/linear /lines got
cmp got numbers >&3 || die "the volume has other lines"
run_mustfail 1 'no volume is vg/none' lklfuse lvm0 mnt $disks --volume=vg/none

# ---- btrfs: a raw disk and a qcow2 ----

truncate -s 200M one two
run_check mkfs.btrfs -q -d raid1 -m raid1 one two
run_check qemu-img convert -f raw -O qcow2 two two.qcow2
rm two
fuse_mount one mnt -o "$ours" --disk=two.qcow2
head -c 3M /dev/urandom >random
cp random mnt/ || die "cannot write"
sync mnt/random
cmp random mnt/random >&3 || die "reads something else"
fuse_unmount one mnt
run_check qemu-img check two.qcow2 >&3
run_check qemu-img convert -f qcow2 -O raw two.qcow2 two
# btrfs check wants all disks as devices; each half is read on its own.
for disk in one two; do
	run_check cpfromfs -i "$disk" --degraded /random got
	cmp got random >&3 || die "$disk holds something else"
done

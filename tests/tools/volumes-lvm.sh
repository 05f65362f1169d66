#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# volumes-lvm.sh - logical volumes of all kinds that LVM made are read; what can
# be written is written through the kernel, and LVM's metadata stay as they were.

. "$top_srcdir/tests/helpers/lib.sh"
. "$helpers/lib-volumes.sh"

unpack_disks lvm
disks=$(disk_options lvm[0-5])
sha256sum lvm[0-5] >before

for name in linear striped mirror mirror-log raid1 raid0 raid4 raid5 raid6 \
	raid10 linear.b cached off; do
	check_volume "$name" "$name" $disks --volume="vg/$name" lvm0
done
# The order of the disks does not matter.
check_volume raid6 raid6 $(disk_options lvm5 lvm4 lvm3 lvm2 lvm1 lvm0) --volume=vg/raid6 lvm5
check_volume raid5 raid5 $disks -P /dev/vg/raid5 lvm0
check_volume linear.b linear.b $disks -P LABEL=linear.b lvm0
check_volume mirror-log mirror-log $disks -P /dev/mapper/vg-mirror--log lvm0

# Snapshots have the old contents, what they are of has the new ones.
for name in origin thin; do
	run_check fs2tar $disks --volume="vg/$name" lvm0 out.tar
	[ "$(tar -xOf out.tar ./name)" = "$name, changed" ] || die "$name"
done
check_volume older origin $disks --volume=vg/older lvm0
check_volume thin-older thin $disks --volume=vg/thin-older lvm0
sha256sum --check --quiet before || die "reading has changed a disk"

# A choice is asked for, with a list.
run_mustfail 1 'several file systems' fs2tar $disks lvm0 out.tar
grep -q '^vg/raid10  *volume  *4.0 MiB  *ext4  *raid10$' stderr ||
	die "no list of volumes"
run_mustfail 1 'no volume is vg/none' fs2tar $disks --volume=vg/none lvm0 x.tar
run_mustfail 1 'more than one volume is LABEL=thin' \
	fs2tar $disks -P LABEL=thin lvm0 x.tar
# Without the other disks.
run_mustfail 1 'is missing (it was /dev/sdb once)' \
	fs2tar --volume=vg/striped lvm0 x.tar
check_volume linear.b linear.b --volume=vg/linear.b lvm0

# Arrays live without a disk, and are written to only if the user says so.
check_volume raid5 raid5 $(disk_options lvm[1-5]) --volume=vg/raid5 lvm1
sha256sum --check --quiet before || die "reading has changed a disk"
echo new >file
run_mustfail 1 'lacks a member: say --degraded' \
	cptofs -i lvm1 $(disk_options lvm[1-5]) --volume=vg/raid5 file /
sha256sum --check --quiet before || die "a refusal has changed a disk"

# Writing: the metadata areas are the first MiB of each disk.
for i in 0 1 2 3 4 5; do
	head -c 1M lvm$i >areas$i
done
for name in linear striped mirror mirror-log raid1 raid0 raid4 raid5 raid6 \
	raid10; do
	run_check cptofs -i lvm0 $disks --volume="vg/$name" file /
	run_check cpfromfs -i lvm0 $disks --volume="vg/$name" /file "got-$name"
	cmp file "got-$name" || die "$name: other contents"
	check_volume "$name" "$name" $disks --volume="vg/$name" lvm0
done
run_check cptofs -i lvm1 $(disk_options lvm[1-5]) --degraded \
	--volume=vg/raid6 name /file
sha256sum lvm[0-5] >before
for name in thin thin-older cached older origin; do
	run_mustfail 1 'only be read: say --snapshot' \
		cptofs -i lvm0 $disks --volume="vg/$name" file /
	run_check cptofs -i lvm0 $disks --snapshot --volume="vg/$name" file /
done
sha256sum --check --quiet before || die "--snapshot has changed a disk"
for i in 0 1 2 3 4 5; do
	head -c 1M lvm$i | cmp - areas$i || die "the metadata of LVM have changed"
done

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# volumes-md.sh - arrays of all levels that mdadm made are read and written, and
# those that lack a disk are only read unless the user says otherwise.

. "$top_srcdir/tests/helpers/lib.sh"
. "$helpers/lib-volumes.sh"

unpack_disks md
disks=$(disk_options md[0-3])
sha256sum md[0-3] >before

for name in raid0 raid1-10 raid4 raid5 raid6 raid10 linear; do
	check_volume "$name" "$name" $disks --volume="/dev/md/$name" md0
done
# Metadata 0.90 have no names.  A volume of LVM lies on an array.
check_volume raid1-090 raid1-090 $disks -P LABEL=raid1-090 md0
check_volume inner inner $disks --volume=nested/inner md0
run_mustfail 1 'several file systems' fs2tar $disks md0 out.tar

# One of two disks, one of three and two of four can be missing.
check_volume raid1-10 raid1-10 -P /dev/md/raid1-10 md1
check_volume raid5 raid5 --disk=md2 --volume=/dev/md/raid5 md0
check_volume raid6 raid6 --disk=md2 --volume=/dev/md/raid6 md0
check_volume inner inner -P LABEL=inner md1
run_mustfail 1 '/dev/md/raid0: the array cannot be started' \
	fs2tar --volume=/dev/md/raid0 md0 out.tar
sha256sum --check --quiet before || die "reading has changed a disk"

echo new >file
run_mustfail 1 '/dev/md/raid5 lacks a member: say --degraded' \
	cptofs -i md0 --disk=md2 --volume=/dev/md/raid5 file /
sha256sum --check --quiet before || die "a refusal has changed a disk"
run_check cptofs -i md0 --disk=md2 --snapshot --volume=/dev/md/raid5 file /
sha256sum --check --quiet before || die "--snapshot has changed a disk"

for name in raid0 raid1-10 raid4 raid5 raid6 raid10 linear; do
	run_check cptofs -i md0 $disks --volume="/dev/md/$name" file /
	check_volume "$name" "$name" $disks --volume="/dev/md/$name" md0
done
# Both halves of a mirror have it, and the parity is right.
for disk in md0 md1; do
	run_check cpfromfs -i $disk -P LABEL=raid1-10 /file "half-$disk"
	cmp file "half-$disk" || die "$disk: other contents"
done
for pair in 'md0 md1' 'md0 md2' 'md1 md2'; do
	set -- $pair
	run_check cpfromfs -i "$1" --disk="$2" -P LABEL=raid5 /file part
	cmp file part || die "$pair: other contents"
done

# The member that was away is older than the others, and left out.
run_check cptofs -i md0 --disk=md1 --degraded -P LABEL=raid5 lines /newer
run_check cpfromfs -i md2 $(disk_options - md0 md1) -P LABEL=raid5 /newer .
cmp lines newer || die "an old member was read"

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# volumes-damaged.sh - damaged metadata of LVM and md end in a sentence, and a copy
# that is whole is used.

. "$top_srcdir/tests/helpers/lib.sh"
. "$helpers/lib-volumes.sh"

unpack_disks lvm
disks=$(disk_options lvm[0-5])

# wreck FILE OFFSET - one byte is another
wreck() {
	local byte

	byte=$(od -An -tu1 -j "$2" -N 1 "$1")
	printf "\\x$(printf %02x $((byte ^ 1)))" |
		dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# area FILE - where the newest text of the first metadata area begins
area() {
	echo $((4096 + $(od -An -tu8 -j 4136 -N 8 "$1")))
}

# The other disks have the same text.
wreck lvm0 $(($(area lvm0) + 1000))
check_volume linear linear $disks --volume=vg/linear lvm0
# The second copy on this disk.
check_volume linear.b linear.b --volume=vg/linear.b lvm0

# No copy on any disk.
for disk in lvm2 lvm3; do
	cp $disk only-$disk
	wreck only-$disk $(($(area $disk) + 1000))
done
run_mustfail 1 'no volume is vg/linear' \
	fs2tar --disk=only-lvm3 --volume=vg/linear only-lvm2 out.tar
grep -q 'copy 1 of the metadata has a wrong checksum' stderr ||
	die "does not say what is wrong"

# A header, and the label.
cp lvm2 header && wreck header 4120
run_mustfail 1 'no volume is vg/linear' fs2tar --volume=vg/linear header out.tar
grep -q 'copy 1 of the metadata has a header with a wrong checksum' stderr ||
	die "does not say what is wrong"
cp lvm2 label && wreck label 600
run_mustfail 1 'no volume is vg/linear' fs2tar --volume=vg/linear label out.tar

# An array does without a member whose superblock is damaged.
unpack_disks md
start=$(sfdisk -d md0 | sed -n 's/^md0p*5 : start= *\([0-9]*\),.*/\1/p')
[ -n "$start" ] || die "no partition 5"
wreck md0 $((start * 512 + 4096 + 72))
check_volume raid5 raid5 $(disk_options md[0-3]) -P LABEL=raid5 md0
run_mustfail 1 'lacks a member' cptofs -i md0 $(disk_options md[0-3]) \
	--volume=/dev/md/raid5 lines /
wreck md1 $((start * 512 + 4096 + 72))
run_mustfail 1 "no volume is LABEL=raid5" \
	fs2tar $(disk_options md[0-3]) -P LABEL=raid5 md0 out.tar

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# labels.sh - the tools find a file system by its label, wherever it is in a
# large image, and under partition tables at either end of a disk.

. "$top_srcdir/tests/helpers/lib.sh"
need blkid

# found TYPE SIZE OPTION... - by its label and UUID, as blkid reads them
found() {
	local type=$1 size=$2 want

	need "mk$([ "$type" = ntfs ] && echo ntfs ||
		{ [ "$type" = udf ] && echo udffs; } || echo "fs.$type")"
	make_image "$type" image "$size" "${@:3}"
	want=$(blkid -p -o value -s LABEL image)
	[ "$want" = LBL ] || die "blkid: $want"
	run_check fs2tar -P LABEL=LBL image out.tar
	run_mustfail 1 'LABEL=LBX' fs2tar -P LABEL=LBX image none.tar
	want=$(blkid -p -o value -s UUID image)
	[ -n "$want" ] || die "blkid: no UUID"
	run_check fs2tar -P UUID="$want" image out.tar
	rm image
}

found ext4 1G -L LBL
found xfs 1G -L LBL
found btrfs 1G -L LBL
# The root directory is behind the allocation tables.
found vfat 64G -n LBL -s 8
found exfat 64G -L LBL
found ntfs 4G -L LBL
found f2fs 256M -l LBL
found udf 1G -l LBL

# Chains of logical partitions all over the disk.
need sfdisk
{
	echo 'label: dos'
	echo 'start=1GiB, size=1GiB, type=83'
	echo 'start=100GiB, size=400GiB, type=extended'
	for i in {0..29}; do
		echo "start=$((101 + 10 * i))GiB, size=1GiB, type=83"
	done
} >layout
truncate -s 600G disk
sfdisk -q disk <layout || die sfdisk
make_image ext4 fs 64M -L far -m 0
dd if=fs of=disk bs=1M seek=$((391 * 1024)) conv=notrunc,sparse status=none
run_check fs2tar -P 34 disk out.tar
run_check fs2tar -P LABEL=far disk out.tar
run_mustfail 1 'no partition 35' fs2tar -P 35 disk none.tar

# One that leads back to itself, or out of the disk.
for next in 0 4294967295; do
	cp --sparse=always disk loop
	printf "$(printf '\\x%02x' $((next & 255)) $((next >> 8 & 255)) \
		$((next >> 16 & 255)) $((next >> 24 & 255)))" |
		dd of=loop bs=1 seek=$((100 * 1024 ** 3 + 446 + 16 + 8)) \
			conv=notrunc status=none
	run_mayfail timeout 20 fs2tar -P 34 loop none.tar
done
rm -f none.tar

# The backup of a GPT, where the first one is gone.
truncate -s 200M gpt
printf 'label: gpt\nstart=2MiB, size=64MiB, name=here\n' | sfdisk -q gpt ||
	die sfdisk
dd if=fs of=gpt bs=1M seek=2 conv=notrunc status=none
run_check fs2tar -P PARTLABEL=here gpt out.tar
dd if=/dev/zero of=gpt bs=512 seek=1 count=1 conv=notrunc status=none
blkid -p -o value -s PTTYPE gpt | grep -q gpt || die "blkid"
rm -f out.tar
run_check fs2tar -P PARTLABEL=here gpt out.tar
names out.tar | grep -q lost+found || die "not what is in the partition"

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# types.sh - fs2tar finds the type of a file system, takes the one that is
# given, and reports a wrong or ambiguous one.

. "$top_srcdir/tests/helpers/lib.sh"
need mke2fs mkfs.btrfs

mkdir tree
echo hello >tree/file
make_image ext4 image 64M -b 4096 -d tree

run_check fs2tar image probed.tar
for type in ext4 ext3 ext2; do
	run_check fs2tar -t $type image given.tar
	check_same probed.tar given.tar "-t $type gives another archive"
done
run_mustfail 1 'xfs' fs2tar -t xfs image out.tar
run_mustfail 1 'nonsense' fs2tar -t nonsense image out.tar
run_mustfail 1 'proc' fs2tar -t proc image out.tar
run_mustfail 2 '' fs2tar -t '' image out.tar

# With the superblock of another file system in a block that is not used.
make_image btrfs other 128M
dd if=other of=image bs=4096 skip=16 seek=16 count=1 conv=notrunc \
	status=none
run_mustfail 1 'ext4' fs2tar image out.tar
grep -q btrfs stderr || die "does not name both candidates"
run_check fs2tar -t ext4 image given.tar
check_same probed.tar given.tar "another archive"

# Known formats that are no file systems.
truncate -s 64M swap
mkswap -q swap 2>/dev/null || /sbin/mkswap swap >/dev/null 2>&1
run_mustfail 1 'swap' fs2tar swap out.tar
[ ! -e out.tar ] || die "a failure left an archive"

# BitLocker, whose second signature is in the middle of the volume.
truncate -s 64M bitlocker
put() {
	printf -- "$2" | dd of=bitlocker bs=1 seek="$1" conv=notrunc status=none
}
put 0 '\353X\220-FVE-FS-'
put 176 '\0\0\200\2'
put $((40 << 20)) '-FVE-FS-\100\0\2\0'
[ "$(blkid -p -o value -s TYPE bitlocker)" = BitLocker ] ||
	die "not a volume of BitLocker"
run_mustfail 1 'bitlocker: is encrypted with BitLocker, which is not supported' \
	fs2tar bitlocker out.tar
run_mustfail 1 '0: is encrypted with BitLocker, which is not supported' \
	fs2tar --disk=image --volume=0 bitlocker out.tar

# A few bytes more than whole sectors, as the host's loop device takes it.
make_image ext4 image 64M -b 4096 -d tree
run_check fs2tar image probed.tar
echo 'something behind it' >>image
run_check fs2tar image given.tar
check_same probed.tar given.tar "another archive from an image of odd size"

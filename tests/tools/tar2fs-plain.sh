#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tar2fs-plain.sh - tar2fs makes images of all types that other programs find
# sound, and everything that the type can hold comes out of them as it was.

. "$top_srcdir/tests/helpers/lib-cp.sh"
need getfattr getfacl

make_plain tree
truncate -s 4G tree/huge
printf x >>tree/huge
tar -C tree -c --xattrs --acls --sparse -f tree.tar . || die tar

for type in ext4 ext3 ext2 xfs; do
	for input in tree tree.tar; do
		run_check tar2fs $input image.$type
		[ ! -s stderr ] || die "is not silent"
		check_clean $type image.$type
		run_check fs2tar --exclude ./lost+found image.$type archive.tar
		check_plain archive.tar tree
		rm -rf out
		run_check cpfromfs -i image.$type --exclude lost+found / -T out
		check_tree tree out
	done
	[ "$(stat -c %s image.$type)" -le $((320 << 20)) ] ||
		die "image.$type has $(stat -c %s image.$type) bytes"
done

# An ext3 is one, however small: it has a journal.
mkdir small
echo text >small/file
run_check tar2fs small image.ext3
dumpe2fs -h image.ext3 2>&1 | grep -q '^Filesystem features:.*has_journal' ||
	die "ext3 without a journal"
run_mustfail 1 'none.ext3: an ext3 has at least 8388608 bytes' \
	tar2fs --size=4M small none.ext3
[ ! -e none.ext3 ] || die "made an image"

# mkfs.vfat would leave the rest of a larger image unused.
run_mustfail 1 'none.vfat: a vfat has at most 2199023255552 bytes' \
	tar2fs --size=3T small none.vfat
[ ! -e none.vfat ] || die "made an image"
run_check tar2fs --size=3T --mkfs-options='-S 4096' small large.vfat
run_check lklfs df large.vfat >room
awk 'NR == 2 && $2 < 3000000000 { exit 1 }' room || die "not as large as wanted"
rm large.vfat

is_sanitized || within 256 tar2fs tree image.xfs

# f2fs ignores the times of the root directory, and its fsck wants a device.
run_check tar2fs tree image.f2fs
run_check fs2tar image.f2fs archive.tar
check_plain archive.tar tree

# Those that hold files and directories only.
mkdir files
cp -r tree/dir/text tree/many files
for type in vfat exfat ntfs; do
	run_check tar2fs files image.$type
	run_check fs2tar image.$type archive.tar
	mkdir out.$type
	tar -C out.$type -xf archive.tar || die "tar -x"
	diff -r files out.$type >&3 || die "$type holds something else"
done
check_clean vfat image.vfat

# Copies take the place of hard links, from folders and archives.
head -c 500K /dev/urandom >files/first
for n in $(seq 30); do
	ln files/first files/link-$n
done
tar -C files -cf files.tar . || die tar
for type in vfat exfat; do
	for input in files files.tar; do
		run_check tar2fs $input image.$type
		rm -rf out.links
		run_check cpfromfs -i image.$type / -T out.links
		diff -r files out.links >&3 || die "$type holds something else"
	done
done

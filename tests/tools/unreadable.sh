#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# unreadable.sh - fs2tar reports files that it cannot read, archives the
# others, and exits with 1.

. "$top_srcdir/tests/helpers/lib.sh"
need mke2fs debugfs mkfs.btrfs

mkdir -p tree/dir tree/lost-dir
seq 20000 >tree/before
seq 100000 >tree/dir/broken
seq 20001 >tree/dir/zz-after
seq 20002 >tree/zz-after
touch tree/lost-dir/file

# rest ARCHIVE - all but the broken file is as it was
rest() {
	local name

	for name in before dir/zz-after zz-after; do
		tar -xOf "$1" "./$name" | cmp - "tree/$name" >&3 ||
			die "$name is not what it was"
	done
	# Members are never shorter than their header says.
	tar -tf "$1" >/dev/null 2>tar.err || die "not an archive"
	[ ! -s tar.err ] || die "$(cat tar.err)"
}

# put IMAGE OFFSET - write standard input there
put() {
	dd of="$1" bs=4096 oflag=seek_bytes seek="$2" conv=notrunc status=none
}

# The block that holds the numbers of blocks has one that is not on the disk.
make_image ext4 image 64M -b 4096 -O ^extents,^64bit,^metadata_csum \
	-d tree
block=$(debugfs -R 'stat /dir/broken' image 2>/dev/null |
	sed -n 's/.*(IND):\([0-9]*\).*/\1/p')
[ -n "$block" ] || die "debugfs tells of no indirect block"
printf '\377\377\377\005' | put image $((block * 4096 + 40))
run_mustfail 1 'dir/broken' fs2tar image archive.tar
rest archive.tar
names archive.tar | grep -qx './dir/broken' || die "not even its name"

# And a directory without anything in it, not even itself.
block=$(debugfs -R 'blocks /lost-dir' image 2>/dev/null | tr -d ' ')
# Ones: newer kernels take zeroes for an empty block.
head -c 4096 /dev/zero | tr '\0' '\1' | put image $((block * 4096))
# The kernel skips the block, and all it does is to log that.
run_mustfail 1 'lost-dir' fs2tar image archive.tar
grep -q 'dir/broken' stderr || die "tells of one only"
rest archive.tar
names archive.tar | grep -qx './lost-dir/' || die "lost-dir is lost"

# An inode that is none.
make_image ext4 image 64M -b 4096 -d tree
run_check debugfs -w -R 'sif /dir/broken mode 0170644' image
run_mustfail 1 'dir/broken' fs2tar -q image archive.tar
rest archive.tar

# Checksums that do not match.
make_image btrfs image 128M --rootdir tree
offset=$(grep -abo '^99990$' image | head -n 1 | cut -d: -f1)
[ -n "$offset" ] || die "the data is not in the image"
printf 'X' | put image "$offset"
run_mustfail 1 'dir/broken' fs2tar image archive.tar
rest archive.tar

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# cp-tar-large.sh - large members of an archive keep their content at every
# alignment of their pieces, and take no memory for caching.

. "$top_srcdir/tests/helpers/lib-cp.sh"
need python3 gzip

mkdir tree
# Around the size from which files are written directly, and the buffer's.
for size in 1048575 1048576 1048577 1052672 1310720 5243657; do
	head -c "$size" /dev/urandom >"tree/file-$size"
done
# Pieces that begin and end anywhere, and a hole at the end; as GNU tar finds
# them by looking at the bytes, 512 at a time.
python3 - tree/pieces <<'EOF' || die "cannot make a file with holes"
import os, random, sys
rng = random.Random(1)
with open(sys.argv[1], "wb") as f:
    for number in range(40):
        f.seek(number * 200000 + rng.randrange(100000))
        f.write(rng.randbytes(rng.randrange(1, 90000)))
    f.truncate(9000000)
EOF
# In whole blocks, one of them larger than the buffer.
truncate -s 40M tree/blocks
for at in 0 1 300 9000; do
	head -c 700K /dev/urandom |
		dd of=tree/blocks bs=4096 seek=$at conv=notrunc status=none
done
tar -cSf plain.tar --hole-detection=raw tree
tar -czSf packed.tar --hole-detection=seek tree

# try TYPE SIZE [OPTION...]
try() {
	local type=$1 archive

	for archive in plain.tar packed.tar; do
		make_image "$type" image "${@:2}"
		run_check cptofs -q -i image --tar $archive -o 0 -g 0 /
		case $type in
		ext4 | xfs | btrfs | vfat) check_clean "$type" image ;;
		esac
		rm -rf out
		run_check cpfromfs -q -i image --no-sync /tree out
		diff -r tree out >&3 || die "$type: not what is in $archive"
	done
	# And every other place for data.
	run_check cptofs -q -i image --tar packed.tar --sparse=always -o 0 -g 0 /
	rm -rf out
	run_check cpfromfs -q -i image --no-sync /tree out
	diff -r tree out >&3 || die "$type: not the same with --sparse=always"
}

try ext4 128M
try ext4 128M -b 1024
try xfs 320M
try btrfs 256M
try vfat 128M -S 4096
try f2fs 128M
try exfat 128M
try ntfs 128M

if [ -n "$INSTRUMENT" ] || is_sanitized; then
	skip_part "the memory would be that of the instrument or the sanitizer"
	exit 0
fi
head -c 160M /dev/urandom >large
tar -cf large.tar large
for type in ext4 xfs btrfs; do
	make_image $type image 400M
	within 48 cptofs -i image --tar large.tar /
	within 48 cpfromfs -i image --no-sync /large copy
	check_same large copy "$type: not what is in the archive"
	rm copy
done

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# plain-readonly.sh - trees that were packed into erofs, squashfs and iso9660
# images are the same in the archive.

. "$top_srcdir/tests/helpers/lib.sh"
need mkfs.erofs mksquashfs genisoimage

make_plain tree
mkdir small
cp -a tree/dir small/
rm small/dir/fifo

make() {
	rm -f image archive.tar
	echo "+ $*"
	"$@" >mkfs.log 2>&1 || {
		cat mkfs.log
		die "cannot make the image"
	}
	run_check fs2tar image archive.tar
}

# Some versions of mkfs.erofs fail on the longest names.
cp -a tree shorter
find shorter -name 'nnnnn*' -delete
touch -r tree/names shorter/names
make mkfs.erofs -d0 image shorter
check_plain archive.tar shorter
make mkfs.erofs -d0 -zlz4hc image shorter
check_plain archive.tar shorter
# From here on times are in seconds.
find tree small -depth -exec touch -h -d '2020-01-01 UTC' {} +
for method in gzip xz zstd lz4 lzo; do
	make mksquashfs tree image -comp $method -quiet -no-progress
	check_plain archive.tar tree
done
# Rock Ridge has no hard links.
make genisoimage -quiet -D -R -o image small
check_plain archive.tar small
run_mustfail 1 'cannot mount as iso9660 for writing: it can only be read' \
	cptofs -i image small /

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# large-directory.sh - fs2tar reads a hundred thousand files of one directory
# with its default memory.
#
# timeout: 240

. "$top_srcdir/tests/helpers/lib.sh"

seq 100000 | sed 's/.*/.\/many\/file-&/' | sort >want

# run TYPE - all of them, and no more memory than for other images
run() {
	echo "+ manyfiles $1" >&3
	"$programs/manyfiles" "$1" image 100000 || die "cannot make the files"
	within 256 fs2tar image archive.tar
	tar -tf archive.tar | grep file- | sort >got
	check_same want got "names"
	# And that the data goes with the name.
	tar -xOf archive.tar ./many/file-77777 >data
	[ "$(cat data)" = 77777 ] || die "file-77777 holds $(cat data)"
	rm archive.tar
}

make_image ext4 image 512M -b 4096 -N 110000
run ext4
# With little room for metadata, btrfs sleeps two minutes while they are made.
make_image btrfs image 4G
run btrfs
make_image xfs image 1G -i maxpct=50
run xfs

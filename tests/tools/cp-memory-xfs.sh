#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# cp-memory-xfs.sh - cptofs copies more files into xfs than the kernel's memory
# can hold inodes for; the log of xfs would pin all of them.

. "$top_srcdir/tests/helpers/lib-cp.sh"
need mkfs.xfs

mkdir tree
for d in $(seq 40); do
	mkdir tree/$d
	(cd tree/$d && seq 500 | xargs touch)
done
make_image xfs image 1G
run_check cptofs -i image --memory 48M tree /
check_clean xfs image
run_check fs2tar -C tree image out.tar
[ "$(tar -tf out.tar | wc -l)" -eq 20041 ] || die "not all are there"

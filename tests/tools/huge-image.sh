#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# huge-image.sh - fs2tar reads sparse images of 16 TiB with its default memory.

. "$top_srcdir/tests/helpers/lib.sh"

# Files of 16 TiB and more are beyond some file systems.
size=16T
truncate -s $size image 2>/dev/null || size=15T
truncate -s $size image 2>/dev/null ||
	skip "the file system of $PWD has no files of 15 TiB"

make_image xfs image $size
make_odd xfs image
run_check fs2tar -q image archive.tar
check_odd image archive.tar

make_image ext4 image $size -b 4096 -J size=4 \
	-E lazy_itable_init=1,lazy_journal_init=1 -O ^resize_inode \
	-i 67108864
make_odd ext4 image
run_check fs2tar -q image archive.tar
check_odd image archive.tar

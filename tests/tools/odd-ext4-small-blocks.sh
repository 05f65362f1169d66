#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# odd-ext4-small-blocks.sh - fs2tar keeps all unusual properties of files in an
# ext4 with small blocks, data in inodes, attributes in inodes of their own,
# and no journal.

. "$top_srcdir/tests/helpers/lib.sh"

make_image ext4 image 64M -b 1024 -I 512 -O inline_data,ea_inode,^has_journal
make_odd ext4 image
before=$(digest image)
run_check fs2tar image archive.tar
check_odd image archive.tar
[ "$(digest image)" = "$before" ] || die "the image was changed"

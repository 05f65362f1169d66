#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# plain-btrfs.sh - GNU tar finds the same tree in the archive that mkfs.btrfs
# put into the image.

. "$top_srcdir/tests/helpers/lib.sh"

make_plain tree
# mkfs keeps seconds only.
find tree -depth -exec touch -h -d '2022-02-02 22:22:22 UTC' {} +
make_image btrfs image 256M --rootdir tree
run_check fs2tar image archive.tar
check_plain archive.tar tree

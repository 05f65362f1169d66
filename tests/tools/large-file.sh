#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# large-file.sh - a file of nine gigabytes that is no hole: its size does not
# fit the old header.  exFAT has no holes, and gives zeroes for what was never
# written without having them on the disk.

. "$top_srcdir/tests/helpers/lib.sh"

size=$((9 << 30))
make_image exfat image 10G
run_check "$programs/largefile" exfat image $size
set -o pipefail
fs2tar image | tar -tvf - >list || die "fs2tar or tar failed"
awk '{ print $3, $NF }' list >got
check_text got "0 ./
$size ./large
6 ./small"

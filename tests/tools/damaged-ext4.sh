#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# damaged-ext4.sh - fs2tar neither crashes nor hangs on damaged ext4 images,
# and does not write to them.
#
# timeout: 280

. "$top_srcdir/tests/helpers/lib.sh"

make_image ext4 good 64M -b 4096
make_odd ext4 good
check_damaged 160

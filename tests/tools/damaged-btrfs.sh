#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# damaged-btrfs.sh - fs2tar neither crashes nor hangs on damaged btrfs images,
# and does not write to them.
#
# timeout: 280

. "$top_srcdir/tests/helpers/lib.sh"

make_image btrfs good 128M
make_odd btrfs good
check_damaged 120

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# damaged-xfs.sh - fs2tar neither crashes nor hangs on damaged xfs images, and
# does not write to them.
#
# timeout: 280

. "$top_srcdir/tests/helpers/lib.sh"

make_image xfs good 320M
make_odd xfs good
check_damaged 120

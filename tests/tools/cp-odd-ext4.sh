#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# cp-odd-ext4.sh - cptofs unpacks from a tar archive everything odd that ext4
# can hold, with any owner, without privileges.

. "$top_srcdir/tests/helpers/lib-cp.sh"
. "$top_srcdir/tests/helpers/cp-odd.sh"
cp_odd ext4

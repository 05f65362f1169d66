#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# odd-xfs.sh - fs2tar keeps all unusual properties of files in xfs, leaves the
# image as it is, and makes the same archive each time.

. "$top_srcdir/tests/helpers/odd-archive.sh"

check_odd_archive xfs 320M

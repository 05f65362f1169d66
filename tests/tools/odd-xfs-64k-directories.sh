#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# odd-xfs-64k-directories.sh - fs2tar keeps all unusual properties of files in
# an xfs with large directory blocks, leaves the image as it is, and makes the
# same archive each time.

. "$top_srcdir/tests/helpers/odd-archive.sh"

check_odd_archive xfs 600M -n size=65536

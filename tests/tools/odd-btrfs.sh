#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# odd-btrfs.sh - fs2tar keeps all unusual properties of files in btrfs, leaves
# the image as it is, and makes the same archive each time.

. "$top_srcdir/tests/helpers/odd-archive.sh"

check_odd_archive btrfs 128M

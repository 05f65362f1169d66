#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# plain-xfs.sh - GNU tar finds the same tree in the archive that was copied
# into xfs: with large directory blocks, with small blocks, in the old format.

. "$top_srcdir/tests/helpers/lib.sh"

make_plain tree
for options in '' '-n size=16384' '-b size=1024' '-m crc=0'; do
	# The old format ends in 2038.
	[ "$options" != '-m crc=0' ] || touch -d '2037-01-01 UTC' tree/dir/size-0
	make_image xfs image 320M $options
	run_check "$programs/copytree" xfs image tree
	run_check fs2tar image archive.tar
	check_plain archive.tar tree
done

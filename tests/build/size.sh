#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The stripped library, with the default configuration, has at most 12 MB.

set -eu
limit=12000000
case $(sed -n 's/^LINUX_FRAGMENTS = //p' "$top_builddir/Makefile") in
*' '*)
	echo "skip: the kernel has more than the default configuration"
	exit 77
	;;
esac
[ -e "$top_builddir/lkl/.libs/liblkl.so" ] || {
	echo "skip: built without a shared library"
	exit 77
}
strip -o stripped "$top_builddir/lkl/.libs/liblkl.so"
size=$(stat -c %s stripped)
echo "$size bytes of at most $limit"
[ "$size" -le $limit ]

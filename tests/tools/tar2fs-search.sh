#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tar2fs-search.sh - while tar2fs searches a size, no file gets lost without a
# message, and the search ends for all inputs.

. "$top_srcdir/tests/helpers/lib-cp.sh"

# A member fails, and then the first size is too small: with clusters, small
# files need more room than tar2fs expects.
mkdir clusters
head -c 4M /dev/urandom >clusters/large
for n in {1..30}; do
	echo $n >clusters/$n
done
echo evil >evil
tar -cPf clusters.tar --transform='s,^evil$,../evil,' evil -C clusters .
run_any tar2fs --mkfs-options='-O bigalloc -C 32768' clusters.tar image.ext4 &&
	die "a member that leads out is no failure"
mkdir unpacked
run_check cpfromfs -q -i image.ext4 /. unpacked
rmdir unpacked/lost+found
diff -r clusters unpacked || die "files are lost"

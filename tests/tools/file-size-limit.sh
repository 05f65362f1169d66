#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# file-size-limit.sh - a tool that exceeds the limit of file sizes reports it and
# leaves no part of an archive; the signal does not kill it.

. "$top_srcdir/tests/helpers/lib.sh"
need mke2fs

mkdir tree
head -c 3M /dev/urandom >tree/file
make_image ext4 image 16M -d tree
(
	ulimit -f 1000
	run_mustfail 1 'File too large' fs2tar image limited.tar
) || exit 1
[ ! -e limited.tar ] || die "a part of an archive"
(
	ulimit -f 1000
	run_mustfail 1 'File too large' cpfromfs -i image /file out
) || exit 1
run_check fs2tar image all.tar

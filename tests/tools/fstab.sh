#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# fstab.sh - the lines of contrib/fstab are lines of an fstab(5).

. "$top_srcdir/tests/helpers/lib.sh"
need findmnt
fstab=$top_srcdir/contrib/fstab

lines=$(grep -c '^/' "$fstab")
[ "$lines" -ge 3 ] || die "hardly any lines"
awk '!/^#/ && NF && NF != 6 { print; bad = 1 } END { exit bad }' "$fstab" ||
	die "not six fields"
run_check findmnt --tab-file "$fstab" -no TARGET -t fuse.lklfuse >targets
[ "$(wc -l <targets)" -eq "$lines" ] ||
	die "findmnt reads other lines: $(cat targets)"

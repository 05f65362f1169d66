#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# progress-width.sh - the progress line fits the terminal, so that it is drawn
# over itself and not below.

. "$top_srcdir/tests/helpers/lib.sh"
need script stty mkfs.ext4 tar

head -c 1M /dev/zero >file
tar -cf file.tar file
make_image ext4 image 16M
# The line is drawn when bytes arrive, at most every fifth of a second.
cat >slowly <<'END'
for i in 0 1 2 3; do
	dd if=file.tar bs=256k skip=$i count=1 status=none
	sleep 0.3
done
dd if=file.tar bs=256k skip=4 status=none
END
for columns in 20 200; do
	script -qec "stty cols $columns; sh slowly | cptofs -i image --tar - /" \
		typescript >&3 || die "exit status $?"
	tr '\r' '\n' <typescript | sed 's/\x1b\[K.*//' | grep 'iB, \|iB$\|iB' |
		grep -v '^Script' >lines
	[ -s lines ] || die "no progress was shown"
	longest=$(awk '{ if (length > n) n = length } END { print n }' lines)
	[ "$longest" -lt $columns ] ||
		die "$columns columns: a line of $longest: $(cat lines)"
done
[ "$longest" -gt 20 ] || die "a wide terminal gets a short line: $(cat lines)"

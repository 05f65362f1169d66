#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# cp-changing.sh - cptofs reports files that change or go away while it copies
# them.

. "$top_srcdir/tests/helpers/lib-cp.sh"
need python3

# A writer appends without a pause; the copy begins once it is at work.
head -c 64M /dev/urandom >file
size=$(stat -c %s file)
make_image ext4 image 512M
timeout 300 python3 -c '
import os
fd = os.open("file", os.O_WRONLY | os.O_APPEND)
# It stops before it fills the disk: long after any copy has ended.
for _ in range(200_000_000):
    os.write(fd, b"x")
' &
writer=$!
trap 'kill $writer' EXIT
wait_for 60 "the writer" eval '[ "$(stat -c %s file)" -gt $size ]'
run_mustfail 1 'changed while it was copied' cptofs -i image file /
kill -0 $writer || die "the writer ended before the copy"
kill $writer
wait $writer 2>/dev/null
trap - EXIT
check_clean ext4 image

# Files go away in the middle of a copy.  The copy lists what it copies, and
# waits while nobody reads the list, which is longer than a pipe can hold.
mkdir tree
long=$(printf 'n%.0s' {1..100})
for n in {1..3000}; do
	echo $n >tree/$n-$long
done
mkfifo list
cptofs -v -i image tree / 2>stderr >list &
pid=$!
exec 4<list
read -r first <&4
(cd tree && rm -f [12]*)
cat <&4 >rest
exec 4<&-
wait $pid
status=$?
sed 's/^/  /' stderr | head -n 10 >&3
check_no_crash $status cptofs
# A vanished file is an error only if its directory was read before it vanished.
[ $status -le 1 ] || die "exit status $status"
[ $status -eq 0 ] || grep -q 'No such file' stderr || die "fails silently"
check_clean ext4 image
mkdir out
run_check cpfromfs -i image /tree out
copied=$(ls out/tree | wc -l)
left=$(ls tree | wc -l)
[ $copied -lt 3000 ] && [ $copied -ge $left ] ||
	die "$copied files were copied; $left stayed, of 3000"
for f in tree/*; do
	check_same out/$f $f "$f"
done

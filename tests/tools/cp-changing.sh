#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# cp-changing.sh - files that change while they are copied are told of.

. "$top_srcdir/tests/helpers/lib-cp.sh"

head -c 64M /dev/urandom >file
make_image ext4 image 256M
(while :; do
	echo x >>file
	sleep 0.001
done) &
writer=$!
trap 'kill $writer' EXIT
run_mustfail 1 'changed while it was copied' cptofs -i image file /
check_clean ext4 image

kill $writer
wait $writer 2>/dev/null
trap - EXIT
# Directories that go away, too, are no reason to fail but for what is gone.
mkdir tree
for n in $(seq 3000); do
	echo $n >tree/$n
done
(cd tree && sleep 0.1 && rm -f [12]*) &
run_mayfail cptofs -i image tree /
wait
check_clean ext4 image
mkdir out
run_check cpfromfs -i image /tree out
for n in 3 30 300; do
	check_same out/tree/$n tree/$n "$n"
done

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# plain-others.sh - files that were copied into vfat, exfat, ntfs, udf and f2fs
# come out with their names, data and times.

. "$top_srcdir/tests/helpers/lib.sh"

mkdir -p tree/dir/sub tree/empty
seq 50000 >tree/numbers
head -c 1000000 /dev/urandom >tree/dir/random
: >tree/dir/sub/nothing
echo long >"tree/$(printf 'n%.0s' $(seq 240))"
find tree -exec touch -d '2021-06-07 08:09:10 UTC' {} +

for pair in vfat:vfat exfat:exfat ntfs:ntfs3 udf:udf f2fs:f2fs; do
	make_image "${pair%:*}" image 64M
	run_check "$programs/copytree" --plain "${pair#*:}" image tree
	run_check fs2tar image archive.tar
	rm -rf out
	mkdir out
	run_check tar -xf archive.tar -C out
	run_check diff -r tree out
	# To the step of two seconds that FAT has.
	time=$(stat -c %Y out/numbers)
	[ $((time / 2)) -eq $(($(stat -c %Y tree/numbers) / 2)) ] ||
		die "$pair: time is $time"
done

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# cp-full.sh - a full image: cptofs reports the used space and the files that
# did not fit, leaves no cut-off file, and the image is sound.

. "$top_srcdir/tests/helpers/lib-cp.sh"

mkdir tree
for n in $(seq 60); do
	head -c 2M /dev/urandom >tree/file-$n
done
for fs in ext4 btrfs; do
	case $fs in
	ext4) make_image $fs image 24M ;;
	btrfs) make_image $fs image 114M -m single ;;
	esac
	run_mustfail 1 'No space left' cptofs -i image tree /
	grep -qE 'full: [0-9.]+ MiB of [0-9.]+ MiB are used' \
		stderr || die "does not say how full it is"
	failed=$(grep -c 'No space left' stderr)
	check_clean $fs image
	rm -rf out
	mkdir out
	run_check cpfromfs -i image /tree out
	there=$(ls out/tree | wc -l)
	[ $((there + failed)) -eq 60 ] ||
		die "$there files are there, $failed failed"
	for f in out/tree/*; do
		check_same "$f" "tree/${f##*/}" "$f was cut off"
	done
done

# Inodes can be used up, too.
rm -rf tree
mkdir tree
(cd tree && seq 200 | xargs touch)
make_image ext4 image 16M -N 64
run_mustfail 1 'inodes' cptofs -i image tree /
grep -q 'the rest was not tried' stderr || die "tries them all"
check_clean ext4 image

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# cp-interrupt.sh - a copy that is interrupted, whenever that is, leaves an
# image that is sound, unmounted, and without files that are cut off.

. "$top_srcdir/tests/helpers/lib-cp.sh"

mkdir tree
for d in $(seq 30); do
	mkdir tree/$d
	for f in $(seq 30); do
		head -c $((f * 1500)) /dev/urandom >tree/$d/$f
	done
done
head -c 100M /dev/zero | tr '\0' x >tree/large
RANDOM=$TEST_SEED
ended=0
for fs in ext4 xfs btrfs; do
	for round in 1 2 3; do
		make_image $fs image 512M
		# A shell has its background jobs ignore SIGINT.
		env --default-signal=INT cptofs -i image tree / 2>stderr &
		pid=$!
		sleep 0.$((RANDOM % 50 + 5))
		case $round in
		1) kill -INT $pid ;;
		*) kill -TERM $pid ;;
		esac
		wait $pid
		status=$?
		echo "$fs: status $status; $(cat stderr)" >&3
		case $status in
		0) ;;
		130 | 143)
			grep -q 'interrupted' stderr && ended=$((ended + 1))
			;;
		*) die "exit status $status" ;;
		esac
		check_clean $fs image
		# Not only sound, but unmounted.
		case $fs in
		ext4)
			dumpe2fs -h image 2>&1 | grep -q needs_recovery &&
				die "not unmounted"
			;;
		esac
		rm -rf out
		mkdir out
		run_any cpfromfs -i image /tree out || continue
		(cd out/tree && find . -type f) | while read -r f; do
			cmp -s "out/tree/$f" "tree/$f" || echo "$f"
		done >broken
		[ ! -s broken ] || die "cut off: $(cat broken)"
	done
done
echo "$ended were interrupted" >&3
# A tar stream that never ends can be interrupted, too.
make_image ext4 image 64M
mkfifo pipe
sleep 100 >pipe &
sleeper=$!
cptofs -i image --tar - / <pipe 2>stderr &
pid=$!
sleep 0.7
kill -TERM $pid
wait $pid
status=$?
kill $sleeper
[ $status -eq 143 ] || die "exit status $status of one that waits"
check_clean ext4 image

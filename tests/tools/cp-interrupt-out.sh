#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# cp-interrupt-out.sh - cpfromfs that is interrupted, whenever that is, ends
# soon, says so, leaves the image alone and no file that is cut off.

. "$top_srcdir/tests/helpers/lib-cp.sh"

mkdir tree
for d in $(seq 40); do
	mkdir tree/$d
	for f in $(seq 40); do
		echo "$d $f" >tree/$d/$f
	done
done
head -c 600M /dev/zero | tr '\0' x >tree/large
make_image ext4 image 1G
run_check cptofs -i image tree /
before=$(digest image)

RANDOM=$TEST_SEED
ended=0
for round in 1 2 3 4 5 6 7 8; do
	rm -rf out
	mkdir out
	# A shell has its background jobs ignore SIGINT.
	env --default-signal=INT cpfromfs -i image /tree out 2>stderr &
	pid=$!
	sleep 0.$((RANDOM % 40 + 10))
	signal=$([ $((round % 2)) = 0 ] && echo INT || echo TERM)
	sent=$(date +%s)
	kill -$signal $pid
	wait $pid
	status=$?
	[ $(($(date +%s) - sent)) -le 10 ] || die "takes long to end"
	echo "SIG$signal: status $status; $(cat stderr)" >&3
	case $status in
	0) ;;
	130 | 143)
		# Before the program was ready for them, they just end it, and
		# after its work, too.
		if [ -s stderr ]; then
			grep -q 'interrupted, not everything' stderr ||
				die "does not say that it was interrupted"
			ended=$((ended + 1))
		elif [ -n "$(ls out)" ]; then
			diff -r tree out/tree >&3 ||
				die "what is there is not all, which is not told"
		fi
		;;
	*) die "exit status $status" ;;
	esac
	[ "$(digest image)" = "$before" ] || die "the image was changed"
	(cd out && find . -type f) | while read -r f; do
		cmp -s "out/$f" "$f" || echo "$f"
	done >broken
	[ ! -s broken ] || die "cut off: $(cat broken)"
done
echo "$ended were interrupted" >&3
[ $ended -gt 0 ] || die "none was interrupted while it copied"
check_clean ext4 image

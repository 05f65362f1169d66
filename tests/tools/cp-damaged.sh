#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# cp-damaged.sh - cpfromfs reads damaged file systems: no crash, no hang, no
# file outside of the destination, no change of the image, and a message for
# each failure.
#
# timeout: 280
#
# CP_DAMAGED=500 takes as many copies of each type.

. "$top_srcdir/tests/helpers/lib-cp.sh"
count=${CP_DAMAGED:-12}

failed=0
clean=0
# damaged SEED - one damaged copy of "good"
damaged() {
	local before status

	cp --sparse=always good image
	"$images/damage" "$1" image >&3 || die "cannot damage"
	before=$(digest image)
	rm -rf place
	mkdir -p place/out
	# Directories without permissions could not be removed later, and
	# devices not be made by all who run this.
	timeout -k 5 40 cpfromfs --memory 64M -i image --no-sync \
		--no-preserve=mode --exclude /special / place/out \
		>/dev/null 2>stderr
	status=$?
	head -n 3 stderr | cut -c 1-200 >&3
	[ $status -ne 124 ] && [ $status -ne 137 ] || die "seed $1: does not end"
	check_no_crash $status "seed $1"
	case $status in
	0) clean=$((clean + 1)) ;;
	1)
		failed=$((failed + 1))
		[ -s stderr ] || die "seed $1: fails silently"
		;;
	*) die "seed $1: exit status $status" ;;
	esac
	grep -avE '^cpfromfs: (warning: )?(/|place/out|image: |[0-9]+ )' stderr >&3 &&
		die "seed $1: does not say of what"
	[ "$(ls -A place)" = out ] && [ "$(ls -A)" = "$here" ] ||
		die "seed $1: wrote outside of the destination"
	[ "$(digest image)" = "$before" ] ||
		die "seed $1: the image was changed"
}

for fs in ext4 xfs btrfs; do
	size=64M
	[ $fs = ext4 ] || size=300M
	[ $fs = btrfs ] && size=128M
	options=
	[ $fs = ext4 ] && options='-b 4096'
	make_image $fs good $size $options
	make_odd $fs good
	# The files here while it runs: no other file may appear.
	mkdir -p place
	touch image stderr
	here=$(ls -A)
	for seed in $(seq "$count"); do
		damaged "$seed"
	done
	chmod -R u+rwX place
	rm -rf place
done
echo "$clean went well, $failed failed" >&3
# Or there was no damage to speak of, or nothing but.
[ $failed -gt 5 ] && [ $clean -gt 5 ] || die "not much of a test"

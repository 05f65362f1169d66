#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# cp-interrupt-out.sh - cpfromfs ends soon after a signal, reports it, does not
# change the image, and leaves no file that is cut off.

. "$top_srcdir/tests/helpers/lib-cp.sh"
need python3
RANDOM=$TEST_SEED

# check_files - each file in out is as it is in tree
check_files() {
	local f

	(cd out && find . -type f) | while read -r f; do
		cmp -s "out/$f" "$f" || echo "$f"
	done >broken
	[ ! -s broken ] || die "cut off: $(head -n 3 broken)"
}

mkdir tree
# Long names: the list is many times as long as what a pipe holds.
long=$(printf 'n%.0s' {1..100})
for f in {1..1000}; do
	echo "$f" >tree/$f-$long
done
make_image ext4 image 1G
run_check cptofs -i image tree /
before=$(digest image)

for pair in INT:130 TERM:143 HUP:129; do
	rm -rf out
	mkdir out
	lines=$((RANDOM % 700 + 1))
	echo "+ SIG${pair%:*} after $lines files" >&3
	"$helpers/interrupt-after" $lines ${pair%:*} \
		cpfromfs -v -i image /tree out 2>stderr
	status=$?
	sed 's/^/  /' stderr >&3
	[ $status -eq ${pair#*:} ] || die "exit status $status"
	grep -q 'interrupted, not everything' stderr ||
		die "does not say that it was interrupted"
	[ "$(digest image)" = "$before" ] || die "the image was changed"
	copied=$(ls out/tree | wc -l)
	[ $copied -lt 1000 ] || die "was not interrupted: all is there"
	[ $copied -ge $((lines - 1)) ] ||
		die "$copied files are there, $lines were listed"
	check_files
done

# In the middle of a large file.  The signal may come too late, so this may
# take more than one attempt.
rm -rf tree out
mkdir tree
head -c 600M /dev/zero | tr '\0' x >tree/large
make_image ext4 image 1G
run_check cptofs -i image tree /
before=$(digest image)
for attempt in {1..20}; do
	rm -rf out
	mkdir out
	env --default-signal=TERM cpfromfs -i image /tree out 2>stderr &
	pid=$!
	# 10 MiB of it are there, under whichever name.
	until [ "$(du -sk out | cut -f1)" -gt 10240 ] ||
			! kill -0 $pid 2>/dev/null; do
		:
	done
	sent=$SECONDS
	kill -TERM $pid 2>/dev/null
	wait $pid
	status=$?
	# Less than the tens of seconds that a slow disk takes for all of it.
	[ $((SECONDS - sent)) -le 10 ] || die "takes long to end"
	echo "attempt $attempt: status $status; $(cat stderr)" >&3
	[ "$(digest image)" = "$before" ] || die "the image was changed"
	check_files
	[ $status -ne 143 ] || [ -e out/tree/large ] || break
	[ $status -eq 0 ] || [ $status -eq 143 ] || die "exit status $status"
done
[ $status -eq 143 ] && [ ! -e out/tree/large ] || die "was never interrupted"
grep -q 'interrupted, not everything' stderr ||
	die "does not say that it was interrupted"
check_clean ext4 image

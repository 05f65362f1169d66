#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# cp-interrupt.sh - cptofs reports a signal that interrupts it, and leaves a
# sound, unmounted image in which no file is cut off.

. "$top_srcdir/tests/helpers/lib-cp.sh"
need python3
RANDOM=$TEST_SEED

# check_copied TREE COPY - each file of COPY is that of TREE
check_copied() {
	local f

	(cd "$2" && find . -type f) | while read -r f; do
		cmp -s "$2/$f" "$1/$f" || echo "$f"
	done >broken
	[ ! -s broken ] || die "cut off: $(head -n 3 broken)"
}

# check_unmounted TYPE IMAGE
check_unmounted() {
	check_clean "$1" "$2"
	[ "$1" != ext4 ] || ! dumpe2fs -h "$2" 2>&1 | grep -q needs_recovery ||
		die "not unmounted"
}

# Long names: the list is many times as long as what a pipe holds.
mkdir tree
long=$(printf 'n%.0s' {1..100})
for f in {1..900}; do
	head -c $((f * 50)) /dev/urandom >tree/$f-$long
done
for fs in ext4 xfs btrfs; do
	for pair in INT:130 TERM:143 HUP:129; do
		make_image $fs image 512M
		# As soon as it is ready for signals, or later on.
		lines=$((RANDOM % 600 + 1))
		echo "+ SIG${pair%:*} after $lines files, $fs" >&3
		"$helpers/interrupt-after" $lines ${pair%:*} \
			cptofs -v -i image tree / 2>stderr
		status=$?
		sed 's/^/  /' stderr >&3
		[ $status -eq ${pair#*:} ] || die "exit status $status"
		grep -q 'interrupted, not everything was copied' stderr ||
			die "does not say that it was interrupted"
		check_unmounted $fs image
		rm -rf out
		mkdir out
		run_check cpfromfs -i image /tree out
		copied=$(ls out/tree | wc -l)
		[ $copied -lt 900 ] || die "was not interrupted: all is there"
		# Every listed file is there, except the one under way.
		[ $copied -ge $((lines - 1)) ] ||
			die "$copied files are there, $lines were listed"
		check_copied tree out/tree
	done
done

# In the middle of a large file.  The signal may come too late, so this may
# take more than one attempt.
head -c 400M /dev/zero | tr '\0' x >large
for attempt in {1..20}; do
	make_image ext4 image 1G
	empty=$(stat -c %b image)
	env --default-signal=TERM cptofs -i image large / 2>stderr &
	pid=$!
	# 10 MiB of it are there.
	until [ $(($(stat -c %b image) - empty)) -gt 20480 ] ||
			! kill -0 $pid 2>/dev/null; do
		:
	done
	kill -TERM $pid 2>/dev/null
	wait $pid
	status=$?
	echo "attempt $attempt: status $status; $(cat stderr)" >&3
	check_unmounted ext4 image
	[ $status -ne 143 ] || ! grep -q interrupted stderr || break
	[ $status -eq 0 ] || [ $status -eq 143 ] || die "exit status $status"
done
[ $status -eq 143 ] && grep -q interrupted stderr || die "was never interrupted"
run_mustfail 1 'No such file' cpfromfs -i image /large out/large

# A tar stream that stops after the first member: header and data, no end.
make_image ext4 image 64M
empty=$(digest image)
echo first >first
tar -c first | head -c 1024 >beginning
mkfifo pipe
cptofs -i image --tar - / <pipe 2>stderr &
pid=$!
exec 4<>pipe
cat beginning >&4
wait_for 60 "the first member" is_drained 4
kill -TERM $pid
wait $pid
status=$?
exec 4>&-
[ $status -eq 143 ] || die "exit status $status of one that waits"
grep -q 'interrupted, not everything was copied' stderr ||
	die "does not say that it was interrupted"
check_unmounted ext4 image
[ "$(digest image)" != "$empty" ] || die "was not mounted"

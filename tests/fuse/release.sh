#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# release.sh - after lklfuse --unmount the image is complete and closed, or the
# exit status tells; a program that opens an image just after it was unmounted
# waits for it.
# timeout: 600

. "$top_srcdir/tests/helpers/lib-fuse.sh"
fuse_begin

make_fuse_image ext4 image
head -c 30000000 /dev/urandom >data

# Nothing waits here but the commands themselves.
for i in 1 2 3 4 5 6; do
	fuse_mount image mnt
	cp data mnt/data || die cp
	run_check lklfuse --unmount mnt
	check_clean ext4 image
	is_unmounted mnt || die "still mounted"
	[ -z "$(fuse_pids image)" ] || die "the daemon still runs"
done
debugfs -R 'cat data' image 2>/dev/null | cmp - data >&3 ||
	die "not what was written"

# Nothing sleeps for a fixed time at the end: once in ten times it is quick, even
# on a busy machine.
shortest=1000000000
for i in 1 2 3 4 5 6 7 8 9 10; do
	fuse_mount image mnt
	begun=$(date +%s%N)
	run_check lklfuse --unmount mnt
	took=$(($(date +%s%N) - begun))
	[ "$took" -ge "$shortest" ] || shortest=$took
done
[ "$shortest" -lt $((45000000 * ${TIME_FACTOR:-1})) ] || die "each end took at least $shortest ns"

# Under the name that umount(8) calls.
ln -s "$(command -v lklfuse)" umount.fuse.lklfuse
fuse_mount image mnt
cp data mnt/data || die cp
run_check "$PWD/umount.fuse.lklfuse" "$PWD/mnt" -n -t fuse.lklfuse
check_clean ext4 image

run_mustfail 1 'no FUSE mount' lklfuse --unmount mnt
run_mustfail 2 '' lklfuse --unmount
# One line, whatever the name.
mkdir $'odd\n\033[31m\xff'
run_mustfail 1 'odd\n\033[31m\377: no FUSE mount' \
	lklfuse --unmount $'odd\n\033[31m\xff'
fuse_mount image mnt
exec 5>mnt/open
run_any lklfuse --unmount mnt && die "unmounted what is in use"
exec 5>&-
run_check lklfuse --unmount mnt

# An opener waits for a daemon that is about to end.
for i in 1 2 3 4 5 6; do
	fuse_mount image mnt
	cp data mnt/data || die cp
	if is_root; then umount mnt; else fusermount3 -u mnt; fi
	run_check lklfuse "$PWD/image" "$PWD/mnt"
	run_check lklfuse --unmount mnt
	fuse_mount image mnt
	cp data mnt/other || die cp
	if is_root; then umount mnt; else fusermount3 -u mnt; fi
	run_check cpfromfs -i image /other out
	cmp out data >&3 || die "cpfromfs: not what was written"
	rm -f out
done

# But not for one that goes on.  An opener waits 10 seconds for one that ends
# (ENDING_SECONDS in release.c).
fuse_mount image mnt
mkdir -p second
start=$SECONDS
run_any lklfuse "$PWD/image" "$PWD/second" && die "mounted twice"
[ $((SECONDS - start)) -lt 10 ] || die "waits for a daemon that goes on"
grep -q 'in use' stderr || die "does not say that it is in use"
run_check lklfuse --unmount mnt
check_clean ext4 image

# --unmount says so if not everything is in the image: here the host lets nothing
# be written beyond the middle of the file.
make_fuse_image ext4 limited 64M
fuse_mount limited mnt
run_check prlimit --pid "$(fuse_pids limited)" --fsize=$((32 << 20))
head -c 50000000 /dev/urandom >mnt/data 2>/dev/null
run_mustfail 1 "mnt is unmounted, but: $PWD/limited: cannot write: File too large" \
	lklfuse --unmount mnt
is_unmounted mnt || die "still mounted"
[ -z "$(fuse_pids limited)" ] || die "the daemon still runs"
make_fuse_image ext4 limited 64M
# As often as one likes: a message of before is not told again.
fuse_mount limited mnt
run_check lklfuse --unmount mnt

# Nor can a daemon that dies while somebody waits be taken for one that is done.
fuse_mount limited mnt
echo more >mnt/more
pid=$(fuse_pids limited)
kill -STOP $pid
lklfuse --unmount mnt 2>stderr &
waiter=$!
wait_for 60 "the mount to go" is_unmounted mnt
kill -KILL $pid
wait $waiter && die "exit status 0, but the daemon was killed"
grep -q 'ended too early' stderr || die "says: $(cat stderr)"
run_mayfail e2fsck -fp limited

# Nor does --unmount wait while another mount namespace has the mount, too.
if unshare -Urm true 2>/dev/null; then
	mkfifo hold
	fuse_mount image mnt
	unshare -Urm sh -c 'echo held; cat' <hold >held &
	exec 6>hold
	wait_for 120 "the other namespace" test -s held
	run_mustfail 1 'still mounted elsewhere' \
		timeout 120 lklfuse --unmount "$PWD/mnt"
	is_unmounted mnt || die "still mounted here"
	[ -n "$(fuse_pids image)" ] || die "ended while it is mounted elsewhere"
	exec 6>&-
	wait
	wait_for 150 "the daemon to end" has_ended image
	check_clean ext4 image
else
	skip_part "no user namespaces"
fi

# It fails if it cannot ask: the daemon is in another network namespace, or other
# programs have all the names.  Abstract names belong to a network namespace.
if unshare -Urm "$fuse/can-mount" mnt 2>/dev/null; then
	umount=$PWD/umount.fuse.lklfuse
	for command in "lklfuse --unmount" "$umount"; do
		run_check unshare -Urm sh -c \
			"unshare -n lklfuse '$PWD/image' '$PWD/mnt' || exit
			$command '$PWD/mnt' && exit 3
			! grep '$PWD/mnt ' /proc/self/mountinfo" >&3
		grep -q 'whether the image is complete is unknown' stderr ||
			die "$command says: $(cat stderr)"
		wait_for 150 "the daemon to end" has_ended image
		check_clean ext4 image
	done
else
	skip_part "no FUSE in a user namespace"
fi

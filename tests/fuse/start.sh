#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# start.sh - a mounted image holds nothing of the program that started it, and
# a mount whose command was killed does not stay.
# timeout: 600

. "$top_srcdir/tests/helpers/lib-fuse.sh"
fuse_begin
[ -z "$INSTRUMENT" ] || skip "instrumented programs have descriptors of their own"

make_fuse_image ext4 image
mkdir mnt
fuse_mounts+=(image)

# A command substitution ends when nobody has its pipe any more: neither as
# standard error nor as another descriptor.
within_a_minute() {
	timeout 60 bash -c "$1" -- "$PWD" || die "does not end: $1"
}
within_a_minute 'out=$(lklfuse "$1/image" "$1/mnt" 2>&1)'
is_mounted mnt || die "not mounted"
fuse_unmount image mnt
within_a_minute 'lklfuse "$1/image" "$1/mnt" 2>&1 | cat'
is_mounted mnt || die "not mounted"
fuse_unmount image mnt
within_a_minute '{ lklfuse "$1/image" "$1/mnt" 7>&1 >/dev/null; } | cat'
is_mounted mnt || die "not mounted"
# Nor does it keep a directory of the caller's.
for pid in $(pgrep -f -- "lklfuse.* $PWD/image "); do
	cwd=$(readlink /proc/$pid/cwd) || continue
	[ "$cwd" = / ] || die "process $pid works in $cwd"
done
fuse_unmount image mnt

# An inherited descriptor can still name the image.
exec 8<>image
run_check lklfuse /dev/fd/8 "$PWD/mnt"
exec 8>&-
echo x >mnt/by-descriptor || die "cannot write"
fuse_unmount image mnt
wait_for 60 "the daemon to end" eval '! pgrep -f "lklfuse /dev/fd/8 $PWD/mnt"'

# Without standard descriptors, nothing is written into the image.
for closed in '<&-' '>&-' '2>&-' '<&- >&-' '<&- >&- 2>&-'; do
	timeout 60 bash -c "exec $closed; exec lklfuse '$PWD/image' '$PWD/mnt'" ||
		die "exit status $? with $closed"
	is_mounted mnt || die "not mounted with $closed"
	[ "$(cat mnt/by-descriptor)" = x ] || die "does not answer with $closed"
	fuse_unmount image mnt
	check_clean ext4 image
done

# Killed while it waits, at some moment.
for delay in 0 0.005 0.01 0.02 0.03 0.05 0.08; do
	lklfuse "$PWD/image" "$PWD/mnt" 2>/dev/null &
	pid=$!
	sleep $delay
	kill -KILL $pid 2>/dev/null
	if wait $pid; then
		is_mounted mnt || die "exit status 0, but not mounted"
		fuse_unmount image mnt
		continue
	fi
	wait_for 60 "the daemon to end" has_ended image
	wait_for 10 "the mount to go" is_unmounted mnt
done
# With an image that answers late, the command is certainly still waiting.
if command -v qemu-nbd >/dev/null; then
	qemu-nbd -k "$PWD/sock" -f raw image --fork --pid-file=nbd.pid || die qemu-nbd
	kill -STOP "$(cat nbd.pid)"
	lklfuse "nbd+unix:///?socket=$PWD/sock" "$PWD/mnt" 2>/dev/null &
	pid=$!
	# The listening socket and the one that nobody has accepted yet.
	wait_for 60 "the connection" eval \
		'[ "$(grep -c " $PWD/sock\$" /proc/net/unix)" -ge 2 ]'
	kill -KILL $pid
	wait $pid && die "exit status 0 without an answer"
	kill -CONT "$(cat nbd.pid)"
	wait_for 60 "the daemon to end" eval '! pgrep -f "lklfuse nbd.*$PWD/sock"'
	wait_for 10 "the mount to go" is_unmounted mnt
	kill "$(cat nbd.pid)"
fi
fuse_mount image mnt
fuse_unmount image mnt
check_clean ext4 image

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# life.sh - a mount answers when the command returns.  The daemon is confined,
# uses no processor time while it is idle, and prints nothing without a reason.
# timeout: 1200

. "$top_srcdir/tests/helpers/lib-fuse.sh"
fuse_begin
[ -z "$INSTRUMENT" ] || skip "instrumented programs are neither idle nor confined"

make_fuse_image ext4 image
mkdir mnt
for i in 1 2 3; do
	fuse_mount image mnt
	ls -A mnt >ls.out || die "does not answer"
	[ "$(stat -f -c %T mnt)" = fuseblk ] ||
		[ "$(stat -f -c %T mnt)" = fuse ] || die "not FUSE"
	echo $i >mnt/$i || die "does not write"
	fuse_unmount image mnt
done
check_clean ext4 image

# field FILE NAME - of a /proc/PID/status
field() {
	awk -v name="$2:" '$1 == name { print $2 }' "$1"
}

# used PID - processor time in ticks, and times that it left its sleep
used() {
	local task

	for task in /proc/$1/task/*; do
		awk '{ print $14 + $15 }' $task/stat
	done | awk '{ n += $1 } END { print n }'
	cat /proc/$1/task/*/status |
		awk '/^voluntary_ctxt/ { n += $2 } END { print n }'
}

# Every thread of the daemon, all the time.
lklfuse --version >version
fuse_mount image mnt
echo x >mnt/x
pid=$(fuse_pids image)
for status in /proc/$pid/task/*/status; do
	[ "$(field $status NoNewPrivs)" = 1 ] || die "may gain privileges"
	[ "$(field $status CapEff)" = 0000000000000000 ] ||
		die "has capabilities"
	[ "$(field $status CapPrm)" = 0000000000000000 ] ||
		die "may have capabilities"
	! grep -q +seccomp version || [ "$(field $status Seccomp)" = 2 ] ||
		die "no system-call filter"
done

# Idle, once what was written is on disk and the kernel inside has looked that
# nothing is left to do: 30 s after the last change at most.
sync -f mnt
# Time is what is measured here.
for ((i = 0; ; i++)); do
	sleep 6
	read -d '' -r ticks_before switches_before <<<"$(used $pid)"
	sleep 6
	read -d '' -r ticks_after switches_after <<<"$(used $pid)"
	ticks=$((ticks_after - ticks_before))
	switches=$((switches_after - switches_before))
	echo "idle: $ticks ticks, $switches switches in 6 s" >&3
	[ $ticks -le 1 ] && [ $switches -le 24 ] && break
	[ $i -lt 9 ] || die "not idle"
done
cat mnt/x >/dev/null || die "does not answer any more"
fuse_unmount image mnt

fuse_mount image mnt --no-sandbox
pid=$(fuse_pids image)
[ "$(field /proc/$pid/status Seccomp)" = "$(field /proc/self/status Seccomp)" ] ||
	die "--no-sandbox: there is a filter"
fuse_unmount image mnt

# In the foreground.
lklfuse -f "$PWD/image" "$PWD/mnt" >out 2>err &
pid=$!
fuse_mounts+=(image)
wait_for 120 "the mount" is_mounted mnt
wait_for 120 "an answer" test -e mnt/x
kill -TERM $pid
wait $pid || die "exit status $? of -f"
is_unmounted mnt || die "still mounted"
[ ! -s out ] && [ ! -s err ] || die "speaks, with nothing to say: $(cat out err)"
check_clean ext4 image

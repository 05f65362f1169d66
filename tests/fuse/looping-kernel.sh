#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# looping-kernel.sh - lklfuse ends soon after SIGTERM, and its mount goes away,
# though the kernel inside loops for ever; after a minute it says what loops.
#
# timeout: 240

. "$top_srcdir/tests/helpers/lib-fuse.sh"
. "$top_srcdir/tests/helpers/lib-loop.sh"
is_sanitized && skip "a sanitizer takes the loop for its own"
fuse_begin

# mount_looping FUNCTION - in the foreground; sets $pid
mount_looping() {
	mkdir -p mnt
	fuse_mounts+=(image)
	env --default-signal=INT,TERM $(loop_in "$1") lklfuse -f --kernel-log \
		"$PWD/image" "$PWD/mnt" 2>messages &
	pid=$!
	wait_for 20 "the mount" is_mounted mnt
	# It uses the processor while it starts as well.
	timeout 60 stat mnt >/dev/null || die "the mount does not answer"
}

# end_mount SIGNAL - it has to end
end_mount() {
	local sent=$SECONDS status

	kill -$1 $pid
	wait $pid
	status=$?
	sed 's/^/  /' messages >&3
	[ $((SECONDS - sent)) -le 12 ] || die "took $((SECONDS - sent)) seconds"
	[ $status -eq 1 ] || die "exit status $status"
	grep -q 'interrupted.*power cut' messages || die "does not say it"
	wait_for 10 "the mount to go" is_unmounted mnt
	wait
}

make_fuse_image ext4 image 64M
mount_looping ext4_find_dest_de
{ echo new >mnt/new; } 2>/dev/null &
wait_for 60 "the loop" uses_processor $pid
end_mount TERM
run_mayfail e2fsck -fp image

mount_looping ext4_find_dest_de
{ echo new >mnt/new; } 2>/dev/null &
wait_for 60 "the loop" uses_processor $pid
# After a minute, with where in the kernel it is.
wait_for 90 "a word about it" grep -q 'made no progress for' messages
grep -q 'made no progress for [0-9]* seconds: task .* runs at lkl_fiber_switch+' \
	messages || die "does not say where: $(grep progress messages)"
grep -q 'called from lkl_fiber_switch+' messages || die "does not say how it got there"
# It is the function that loops.
liblkl_address=$(nm "$liblkl" | awk '$3 == "lkl_fiber_switch" { print $1; exit }')
function=$(nm "$liblkl" | awk '$3 == "ext4_find_dest_de" { print $1; exit }')
at=$(sed -n 's/.*runs at lkl_fiber_switch+//p' messages | head -n 1)
[ $((0x$liblkl_address + at)) -eq $((0x$function)) ] || die "names another place: $at"
end_mount TERM
run_mayfail e2fsck -fp image
check_clean ext4 image

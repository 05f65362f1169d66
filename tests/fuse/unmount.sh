#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# unmount.sh - after any way of unmounting (by the user, by a signal, idle or in
# use), all data is in the image and the image is clean.  Other mounts stay.
# timeout: 600

. "$top_srcdir/tests/helpers/lib-fuse.sh"
fuse_begin

make_fuse_image ext4 empty

# begin - with something written that no fsync asked for
begin() {
	cp --sparse=always empty image
	fuse_mount image mnt
	pid=$(fuse_pids image)
	[ "$(wc -w <<<"$pid")" -eq 1 ] || die "daemons: $pid"
	mkdir mnt/d || die "mkdir"
	head -c 3000000 /dev/urandom >mnt/d/f || die "write"
	cp mnt/d/f copy
}

# check_end - the daemon ends, the mount goes, all is there
check_end() {
	wait_for 150 "the daemon to end" has_ended image
	is_unmounted mnt || die "still mounted"
	check_clean ext4 image
	debugfs -R 'cat d/f' image 2>/dev/null | cmp - copy >&3 ||
		die "not what was written"
}

begin
fuse_unmount image mnt
check_end

for signal in TERM INT HUP; do
	begin
	run_check kill -$signal $pid
	check_end
done

# In use: refused, unless it is to be done as soon as nobody needs it.
begin
exec 5>mnt/open
if is_root; then
	umount mnt 2>stderr && die "unmounted what is in use"
	run_check umount -l "$PWD/mnt"
else
	fusermount3 -u mnt 2>stderr && die "unmounted what is in use"
	run_check fusermount3 -uz "$PWD/mnt"
fi
is_unmounted mnt || die "still there"
# It must not end: only time can tell.
sleep 0.3
[ -n "$(fuse_pids image)" ] || die "ended while a file was open"
echo late >&5 || die "cannot write to an open file"
exec 5>&-
check_end
[ "$(debugfs -R 'cat open' image 2>/dev/null)" = late ] ||
	die "what was written late is lost"

# A signal while many are at it: what they do fails, what was done is there.
for type in ext4 xfs btrfs; do
	make_fuse_image $type image
	fuse_mount image mnt
	pid=$(fuse_pids image)
	# Not that of the last round.
	: >log
	"$fuse/durable" write mnt 4 >log 2>durable.err &
	writers=$!
	wait_for 120 "something to be acknowledged" \
		eval '[ $(wc -l <log) -gt 40 ]'
	run_check kill -TERM $pid
	wait $writers
	wait_for 150 "the daemon to end" has_ended image
	is_unmounted mnt || die "still mounted"
	check_clean $type image
	[ "$(wc -l <log)" -gt 40 ] || die "$type: not much was written"
	fuse_mount image mnt
	run_check "$fuse/durable" check mnt log >&3
	fuse_unmount image mnt
done

# A signal while the daemon looks for holes in files with unwritten data,
# which threads of their own do.
make_fuse_image ext4 image
for i in 1 2 3 4 5 6; do
	fuse_mount image mnt
	pid=$(fuse_pids image)
	seekers=()
	for n in 1 2 3 4; do
		"$fuse/requests" seek-data mnt/s$n 2>/dev/null >seek.$n &
		seekers+=($!)
	done
	for n in 1 2 3 4; do
		wait_for 120 "holes to be looked for" test -s seek.$n
		: >seek.$n
	done
	run_check kill -TERM $pid
	wait_for 150 "the daemon to end" has_ended image
	wait "${seekers[@]}"
	check_clean ext4 image
done

# A signal takes away no other mount that covers the point.  (Such mounts take root,
# here of a namespace.)
if unshare -Urm "$fuse/can-mount" mnt 2>/dev/null; then
	make_fuse_image ext4 image
	fuse_mounts+=(image)
	mkfifo hold
	unshare -Urm sh -c "lklfuse '$PWD/image' '$PWD/mnt' &&
		mount -t tmpfs above '$PWD/mnt' && echo covered && read -r line &&
		grep ' - tmpfs above ' /proc/self/mountinfo" <hold >covered &
	namespace=$!
	exec 6>hold
	wait_for 120 "the mount above" test -s covered
	run_check kill -TERM $(fuse_pids image)
	wait_for 150 "the daemon to end" has_ended image
	echo >&6
	wait $namespace || die "the mount above is gone"
	exec 6>&-
	check_clean ext4 image
else
	skip_part "no FUSE in a user namespace"
fi

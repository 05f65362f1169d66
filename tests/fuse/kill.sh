#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# kill.sh - if the daemon is killed while programs write, no stale mount stays,
# everything that fsync() acknowledged is in the image, and the file system is
# sound after its journal was replayed.
# timeout: 600

. "$top_srcdir/tests/helpers/lib-fuse.sh"
fuse_begin

for type in ext4 xfs btrfs; do
	make_fuse_image $type image
	fuse_mount image mnt
	pid=$(fuse_pids image)
	"$fuse/durable" write mnt 6 >log 2>durable.err &
	writers=$!
	# Seconds, if anyone asks for them: more work, and more of it at risk.
	[ -z "${FUSE_KILL:-}" ] || sleep "$FUSE_KILL"
	wait_for 120 "something to be acknowledged" \
		eval '[ $(wc -l <log) -gt 60 ]'
	run_check kill -KILL $pid
	wait $writers || {
		cat durable.err >&3
		die "$type: the writers got a strange error"
	}
	[ "$(wc -l <log)" -gt 60 ] ||
		die "$type: only $(wc -l <log) were acknowledged"
	# Nobody has to clear up.
	wait_for 120 "the stale mount to go" is_unmounted mnt
	fuse_mount image mnt
	run_check "$fuse/durable" check mnt log >&3
	fuse_unmount image mnt
	check_clean $type image
	rm -f log
done

# Data of sync(2) are in the image some seconds after the last change,
# although FUSE does not tell the daemon of sync(2).
head -c 3000000 /dev/urandom >data
for type in ext4 xfs btrfs; do
	make_fuse_image $type image
	fuse_mount image mnt
	pid=$(fuse_pids image)
	cp data mnt/large || die cp
	echo small >mnt/small
	sync -f mnt
	# The second that the daemon waits, and time for a slow disk.
	sleep 4
	run_check kill -KILL $pid
	wait_for 120 "the stale mount to go" is_unmounted mnt
	fuse_mount image mnt
	cmp data mnt/large >&3 || die "$type: the large file was lost"
	[ "$(cat mnt/small)" = small ] || die "$type: the small file was lost"
	fuse_unmount image mnt
done

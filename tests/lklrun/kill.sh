#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# kill.sh - when lklrun or its program is killed, no process is left, and
# what was synced is in the image.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need mke2fs e2fsck debugfs busybox pgrep

make_system tree
make_image ext4 image 64M -d tree -E root_owner=0:0

# Runs until it is killed; the sleeps have an argument of their own to be found by.
mark=31${RANDOM}7
cat >endless <<EOF
busybox seq 1000 >/root/synced
busybox sync
busybox sleep $mark & busybox setsid busybox sleep $mark &
(while :; do echo x >/root/f; busybox mv /root/f /root/g; done) &
echo ready >/host/ready
wait
EOF
start() {
	rm -f ready
	mkdir -p host
	lklrun -i image --bind "$PWD/host=/tmp" -- /bin/sh -c \
		"$(sed s,/host/,/tmp/, endless)" 2>stderr &
	lklrun=$!
	for ((i = 0; i < 300; i++)); do
		[ ! -e host/ready ] || break
		sleep 0.1
	done
	[ -e host/ready ] || die "the program does not start: $(cat stderr)"
	rm host/ready
	[ "$(pgrep -fc "sleep $mark")" -ge 2 ] || die "the program does not run"
}

check_nobody_left() {
	for ((i = 0; i < 100; i++)); do
		pgrep -f "sleep $mark" >/dev/null || return 0
		sleep 0.1
	done
	die "processes are left: $(pgrep -af "sleep $mark")"
}

check_synced() {
	cp image after
	e2fsck -fy after >fsck || [ $? -le 1 ] || die "e2fsck"
	run_check e2fsck -fn after >fsck
	run_check debugfs -R 'cat /root/synced' after >synced
	seq 1000 | cmp - synced || die "what was synced is lost"
}

echo "the server is killed" >&3
start
kill -KILL $lklrun
wait $lklrun
check_nobody_left
check_synced

echo "the program is killed" >&3
start
kill -KILL "$(pgrep -P $lklrun | head -n 1)"
wait $lklrun
[ $? -eq 137 ] || die "another exit status than that of the program"
check_nobody_left
run_check e2fsck -fn image >fsck
check_synced

echo "lklrun is asked to end" >&3
start
kill -TERM $lklrun
wait $lklrun
[ $? -eq 143 ] || die "SIGTERM is not passed on"
check_nobody_left
run_check e2fsck -fn image >fsck
exit 0

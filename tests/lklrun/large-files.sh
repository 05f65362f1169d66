#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# large-files.sh - a file is opened if its data has room in the host's memory, however
# large its holes are; otherwise lklrun says which one it is.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need mke2fs e2fsck fallocate

half=$(awk '/^MemTotal:/ { print int($2 / 2048) }' /proc/meminfo)	# MiB
# The image has the room, but hardly any of it is written.
make_user_image image $((half + half / 8 + 200))M -m 0 -N 1024

run_check lklrun -i image --at=/mnt -- sh -c '
	truncate -s 1T /mnt/holes &&
	echo text | dd of=/mnt/holes bs=1M seek=500000 conv=notrunc,fsync status=none'
run_check timeout 120 lklrun -i image --at=/mnt -- sh -c '
	dd if=/mnt/holes bs=1M skip=500000 count=1 status=none | head -n 1
	echo more | dd of=/mnt/holes bs=1M seek=500001 conv=notrunc status=none
	dd if=/dev/zero of=/mnt/holes bs=1M seek=500000 count=1 conv=notrunc status=none
	stat -c "%s" /mnt/holes' >out
check_text out $'text\n1099511627776'
run_check timeout 120 lklrun -i image --at=/mnt -- \
	dd if=/mnt/holes bs=1M skip=500000 count=2 status=none >out
check_text <(tr -d '\0' <out) more

run_check lklrun -i image --at=/mnt -- fallocate -l $((half + 100))M /mnt/data
status=0
lklrun -v -i image --at=/mnt -- cat /mnt/data >out 2>stderr || status=$?
[ $status = 1 ] || die "it ended with $status"
grep -q 'cat: /mnt/data: File too large' stderr || die "$(cat stderr)"
grep -q '^lklrun: warning: /data has more data than' stderr || die "$(cat stderr)"
run_check e2fsck -fn image >&3

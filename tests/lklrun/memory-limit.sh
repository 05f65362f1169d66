#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# memory-limit.sh - a program that writes without end gets an error before the host's
# memory is full, and all that it wrote is in the image.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need mke2fs e2fsck
make_user_image image 4G

# The host's programs write 100 MiB in less time than lklrun takes to look.
status=0
timeout 120 lklrun -i image --at=/mnt --file-memory=64M -- sh -c '
	exec 3>/mnt/small
	tr "\0" x </dev/zero >/mnt/big || echo "tr: $?"
	stat -c %s /mnt/big
	echo text >&3 || echo "no text"
	mv /mnt/big /mnt/large
	echo more >/mnt/big || echo "no more"
	cat /mnt/big' >out 2>stderr || status=$?
cat stderr >&3
[ $status -eq 0 ] || die "it ended with $status"
grep -q 'not permitted' stderr || die "tr has no error"
grep -q "lklrun: warning: /big has .* in memory, where no more may be (--file-memory)" \
	stderr || die "no warning"
size=$(sed -n 2p out)
[ "$size" -ge $((64 << 20)) ] && [ "$size" -le $((2 << 30)) ] || die "$size bytes"
check_text out "tr: 1
$size
more"
run_check e2fsck -fn image >&3
run_check cpfromfs -i image /large /small .
[ "$(cat small)" = text ] || die "small: $(cat small)"
[ "$(stat -c %s large)" -eq "$size" ] &&
	cmp <(head -c "$size" /dev/zero | tr '\0' x) large || die "another content"

# Below the limit nothing has one.
run_check lklrun -i image --at=/mnt --file-memory=4G -- \
	dd if=/dev/zero of=/mnt/big bs=1M count=200 status=none
status=0
lklrun -i image --file-memory=0 -- true 2>stderr || status=$?
[ $status -eq 125 ] || die "no memory: it ended with $status"
grep -q '^lklrun: --file-memory: no size: 0' stderr || die "$(cat stderr)"

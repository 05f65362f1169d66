#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# namespace.sh - root of a user namespace can mount an image, without
# fusermount3.
# timeout: 1200

FUSE_TESTS_IN_NAMESPACE=1
. "$top_srcdir/tests/helpers/lib-fuse.sh"
fuse_begin

# By itself, whatever else there is in PATH.
mkdir no-helper
printf '#!/bin/sh\ntouch "%s/was-called"\nexit 1\n' "$PWD" \
	>no-helper/fusermount3
chmod +x no-helper/fusermount3
PATH=$PWD/no-helper:$PATH

make_fuse_image ext4 image
fuse_mount image mnt
check_semantics names mnt
check_semantics data mnt
check_semantics attributes mnt
pid=$(fuse_pids image)
"$fuse/durable" write mnt 3 >log 2>durable.err &
writers=$!
wait_for 120 "something to be acknowledged" eval '[ $(wc -l <log) -gt 20 ]'
kill -KILL $pid
wait $writers || die "the writers got a strange error"
wait_for 120 "the stale mount to go" is_unmounted mnt
fuse_mount image mnt
run_check "$fuse/durable" check mnt log >&3
fuse_unmount image mnt
check_clean ext4 image
[ ! -e was-called ] || die "fusermount3 was called"

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# fuse-rings.sh - the tests of mounts over io_uring, which root turns on for them.
# timeout: 1800
# needs: root

. "$top_srcdir/tests/helpers/lib.sh"
is_root || skip "needs root"
parameter=/sys/module/fuse/parameters/enable_uring
[ -w $parameter ] || skip "the host's FUSE does not know io_uring: no $parameter"

before=$(cat $parameter)
trap 'echo "$before" >$parameter' EXIT
echo Y >$parameter 2>/dev/null || skip "$parameter cannot be written"
"$top_srcdir/tests/fuse/rings.sh"
status=$?
[ $status -ne 77 ] || die "skipped, although $parameter is $(cat $parameter)"
[ $status -eq 0 ] || die "exit status $status"

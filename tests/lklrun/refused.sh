#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# refused.sh - on a host, or in a container, that refuses a call that lklrun
# cannot do without, it says which one, and the program does not run.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need mke2fs busybox
without=$top_builddir/tests/helpers/images/host-without

make_system tree
make_image ext4 image 64M -d tree -E root_owner=0:0
for call in ptrace process_vm_readv pidfd_getfd filters; do
	echo "+ without $call" >&3
	timeout 60 "$without" $call lklrun -i image -- /bin/busybox echo ran >out 2>err
	status=$?
	cat out err >&3
	[ $status -eq 125 ] || die "exit status $status without $call"
	[ ! -s out ] || die "the program ran without $call"
	[ $call = filters ] && call='system calls'
	grep -q "$call" err || die "the message does not name $call"
	[ "$(wc -l <err)" -eq 1 ] || die "more than one sentence"
done
run_check timeout 60 lklrun -i image -- /bin/busybox echo ran >out
grep -qx ran out || die "with all calls it does not run either"
exit 0

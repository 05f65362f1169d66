#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# exec-damaged.sh - a damaged ELF file is not run as a script by the shell.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need busybox mke2fs

make_applets
run="echo it is a script"
printf '\177ELF\n%s\n' "$run" >root/bin/short
# A whole header of zeros besides the magic number; headers that are not there.
{ printf '\177ELF\n%s\n' "$run"; head -c 200 /dev/zero; } >root/bin/zeros
{ head -c 64 root/bin/busybox; printf '\n%s\n' "$run"; } >root/bin/headers
printf '%s\n' "$run" >root/bin/script
chmod 755 root/bin/*
make_image ext4 image 32M -d root
for name in short zeros headers; do
	lklrun -i image -- /bin/sh -c "/bin/$name" >out 2>err &&
		die "$name was run: $(cat out)"
	[ ! -s out ] || die "$name is a script: $(cat out)"
	grep -q 'Invalid argument' err || die "$name: $(cat err)"
done
run_check lklrun -i image -- /bin/sh -c /bin/script >out
check_text out 'it is a script'

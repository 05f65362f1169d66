#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# proc-others.sh - links in /proc of the program's other processes lead into the image,
# and those of other processes nowhere.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need busybox mke2fs e2fsck

make_applets
echo secret >secret
for file in file kept; do
	echo old >root/etc/$file
done
make_image ext4 image 32M -d root -E "root_owner=$(id -u):$(id -g)"
run_check lklrun -i image --no-fake-root -- /bin/sh -c 'cd /etc; chmod 400 kept
	exec 5<file 6<kept 7</etc
	sh -c "readlink /proc/\$PPID/cwd; readlink /proc/\$PPID/fd/5
		cat /proc/\$PPID/cwd/file /proc/\$PPID/root/etc/file
		cat /proc/\$PPID/task/\$PPID/fd/7/file
		head -c 4 /proc/\$PPID/exe | grep -c ELF
		echo new >/proc/\$PPID/fd/5; echo more >/proc/\$PPID/fd/7/more
		sync; echo bad >/proc/\$PPID/fd/6" 2>&1; cat file' >out
grep -v "can't create" out >lines
check_text lines "$(printf '%s\n' /etc /etc/file old old old 1 new)"
[ "$(id -u)" = 0 ] || grep -q "can't create.*Permission denied" out ||
	die "a file that may only be read: $(cat out)"
run_check e2fsck -fn image >&3
for pair in file=new more=more; do
	run_check lklfs cat image /etc/${pair%=*} >found
	check_text found ${pair#*=}
done
[ "$(id -u)" = 0 ] || check_text <(lklfs cat image /etc/kept) old

for link in "cwd/secret" "root$PWD/secret" "exe"; do
	lklrun -i image -- /bin/cat /proc/$$/$link >out 2>err && die "$link is read"
	[ ! -s out ] && grep -q 'Permission denied' err || die "$link: $(cat err)"
done

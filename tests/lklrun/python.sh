#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
# timeout: 600
#
# python.sh - Python's own tests of os and shutil have the same results on an image as
# on the host.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need python3 mke2fs e2fsck
python3 -c 'import test.test_os, test.test_shutil' 2>/dev/null ||
	skip "Python's tests are not installed"

cat >job.sh <<'EOF'
mkdir "$1/work" && cd "$1/work" || exit
HOME=$PWD TMPDIR=$PWD exec python3 -m test -v test_os test_shutil 2>&1
EOF

# results FILE - the name of each test, and how it ended.  On a busy host asyncio says in
# between that a step took long.
results() {
	sed -n -e ':again; / \.\.\. Executing <[^\n]*$/ { N; s/Executing <[^\n]*\n//; b again }' \
		-e 's/^\(test_[^ ]*\) (\([^)]*\)).* \.\.\. \(ok\|ERROR\|FAIL\|skipped\).*$/\2 \3/p' \
		"$1" | sort
}

mkdir host
sh job.sh "$PWD/host" >host.log </dev/null
results host.log >host.results
[ "$(wc -l <host.results)" -gt 400 ] || die "few tests"

# The attributes of these tests need blocks of 4 KiB.
make_user_image image 256M -b 4096
run_any lklrun -i image --at=/mnt -- sh "$PWD/job.sh" /mnt >image.log </dev/null
results image.log >image.results
# The host's file system may lack attributes that the image has.
grep xattr image.results | grep 'ERROR\|FAIL' && die "a test of attributes"
diff <(grep -v xattr host.results) <(grep -v xattr image.results) >&3 || {
	grep -A30 '^\(ERROR\|FAIL\):' image.log >&3
	die "another result than on the host"
}
run_check e2fsck -fn image >&3

# As root in an image that is the root directory, with the programs of the host.
mkdir -p root/{etc,proc,dev,tmp,usr,w} && chmod 1777 root/tmp
ln -s usr/bin usr/lib usr/lib64 root
echo root:x:0:0:root:/root:/bin/sh >root/etc/passwd
echo root:x:0: >root/etc/group
make_image ext4 root.img 256M -b 4096 -d root -E root_owner=0:0
run_any lklrun -i root.img --root --bind-read-only /usr \
	--bind-read-only "$PWD/job.sh=/job.sh" -- sh /job.sh /w >root.log </dev/null
results root.log >root.results
[ "$(wc -l <root.results)" -gt 400 ] || die "few tests as root"
! grep -A30 '^\(ERROR\|FAIL\):' root.log >&3 || die "failures as root"
run_check e2fsck -fn root.img >&3

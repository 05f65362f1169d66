#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tar2fs-qcow2.sh - tar2fs makes qcow2 images in which qemu-img finds no error
# and that hold what the raw image holds, and leaves no scratch file.

. "$top_srcdir/tests/helpers/lib-cp.sh"
need qemu-img

make_plain tree
mkdir out
for type in ext4 xfs; do
	run_check tar2fs --type=$type tree out/image.qcow2
	[ ! -s stderr ] || die "is not silent"
	[ "$(ls -A out)" = image.qcow2 ] || die "left behind: $(ls -A out)"
	run_check qemu-img info out/image.qcow2 >info
	grep -q '^file format: qcow2$' info || die "another format"
	run_check qemu-img check -q out/image.qcow2
	run_check fs2tar --exclude ./lost+found out/image.qcow2 archive.tar
	check_plain archive.tar tree
	qemu-img convert -O raw out/image.qcow2 raw || die "qemu-img convert"
	check_clean $type raw
done

# The option instead of the suffix, and a size far beyond the data.
run_check tar2fs --format=qcow2 --size=3T tree disk.img
run_check qemu-img check -q disk.img
[ "$(stat -c %b disk.img)" -lt $((200 << 11)) ] || die "is not sparse"
run_check fs2tar --exclude ./lost+found disk.img archive.tar
check_plain archive.tar tree

run_mustfail 2 'cannot make images of this format: vmdk' \
	tar2fs --format=vmdk tree disk.img
head -c 5000 /dev/urandom >not.tar
run_mustfail 1 'not a tar archive' tar2fs not.tar out/other.qcow2
[ "$(ls -A out)" = image.qcow2 ] || die "left behind: $(ls -A out)"
